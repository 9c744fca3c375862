/**
 * One request's way to a 202: headers, body, parse, places.
 *
 * Imports `admission`, `delivery`, `observe`, `protocol`.
 */
import { randomUUID } from 'node:crypto'
import type { Admission } from '../admission/admission.ts'
import type { RequestRefusal } from '../admission/refusal.ts'
import type { EventStream } from '../delivery/event-stream.ts'
import type { OpenRequest, Phase } from '../observe/request-ledger.ts'
import { type Payloads, payloadsOfJson, payloadsOfNdjson } from '../protocol/payloads.ts'
import type { Receipt } from '../protocol/receipt.ts'
import type { NewEvent } from '../store/store.ts'
import { systemWallNowMs } from '../store/wall-clock.ts'
import { receiptAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { type BodyBounds, readBody } from './read-body.ts'

/** A stream with its gates and bounds. */
export interface Entrance {
  readonly stream: EventStream
  readonly admission: Admission
  readonly bounds: BodyBounds
}

/** Where the end of a request is told, once. */
export interface Outcome {
  readonly ledger: OpenRequest
  /** Counts and answers a refusal. */
  refuse(refusal: RequestRefusal, phase: Phase): void
}

/** Takes the events of one request, all or none, and answers. */
export async function takeEvents(exchange: Exchange, entrance: Entrance, outcome: Outcome): Promise<void> {
  const { ledger } = outcome
  const verdict = entrance.admission.onHeaders(exchange.request.headers)
  if (!verdict.admitted) return outcome.refuse(verdict.refusal, 'early')
  exchange.askForBody()
  const body = await readBody(exchange.request, entrance.bounds)
  if (body.kind === 'gone') return ledger.abandoned()
  if (body.kind === 'refused') return outcome.refuse(body.refusal, 'late')
  try {
    const parse = verdict.form === 'json' ? payloadsOfJson : payloadsOfNdjson
    const parsed = parse(body.bytes, entrance.stream.maxBatch)
    const taken = await takeParsed(exchange, entrance, parsed)
    if (taken.kind === 'refused') return outcome.refuse(taken.refusal, 'late')
    if (taken.kind === 'gone') return ledger.abandoned()
    ledger.accepted()
    exchange.answer(receiptAnswer(taken.receipt))
  } finally {
    body.release()
  }
}

type Taken =
  | { readonly kind: 'taken'; readonly receipt: Receipt }
  | { readonly kind: 'refused'; readonly refusal: RequestRefusal }
  | { readonly kind: 'gone' }

async function takeParsed(exchange: Exchange, entrance: Entrance, parsed: Payloads): Promise<Taken> {
  const { stream, admission } = entrance
  if (parsed.kind === 'malformed') {
    const { line, column } = parsed.position
    const detail = `line ${line}, column ${column}: ${parsed.problem}`
    return { kind: 'refused', refusal: { code: 'ERR_MALFORMED_BODY', detail } }
  }
  if (parsed.kind === 'too-many') return { kind: 'refused', refusal: batchTooLarge(stream) }
  const batch = admission.onBatch(parsed.payloads.length)
  if (!batch.admitted) return { kind: 'refused', refusal: batch.refusal }
  const taken = await takeWaiting(exchange, entrance, envelopesOf(parsed.payloads))
  if (taken.kind !== 'taken') batch.undo()
  return taken
}

async function takeWaiting(
  exchange: Exchange,
  { stream, admission }: Entrance,
  events: readonly NewEvent[],
): Promise<Taken> {
  const gone = new AbortController()
  exchange.onGone(() => gone.abort())
  try {
    return { kind: 'taken', receipt: await stream.take(events, { signal: gone.signal }) }
  } catch (error) {
    if (gone.signal.aborted) return { kind: 'gone' }
    const refusal = admission.words.ofError(error)
    if (!refusal) throw error
    return { kind: 'refused', refusal }
  }
}

function envelopesOf(payloads: readonly Uint8Array[]): readonly NewEvent[] {
  const receivedAtMs = systemWallNowMs()
  return payloads.map((payload) => ({
    id: randomUUID(),
    receivedAtMs,
    tenant: '',
    contentType: 'application/json',
    payload,
  }))
}

function batchTooLarge({ name, maxBatch }: EventStream): RequestRefusal {
  const detail = `stream ${name}: the batch has more events than the ${maxBatch} that the stream can hold; send smaller batches`
  return { code: 'ERR_BATCH_TOO_LARGE', detail }
}
