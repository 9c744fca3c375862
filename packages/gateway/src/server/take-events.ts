/**
 * One request's way to a 202: headers, body, parse, places.
 *
 * Imports `admission`, `delivery`, `observe`, `protocol`.
 */
import type { Admission } from '../admission/admission.ts'
import type { RequestRefusal } from '../admission/refusal.ts'
import type { RequestHead } from '../admission/request-head.ts'
import type { Tenant } from '../admission/tenants.ts'
import type { EventStream } from '../delivery/event-stream.ts'
import type { OpenRequest, Phase } from '../observe/request-ledger.ts'
import { idOfEvent } from '../protocol/idempotency-key.ts'
import type { Receipt } from '../protocol/receipt.ts'
import { readEvents, type SentEvents } from '../protocol/sent-events.ts'
import { SentBody } from '../store/digest.ts'
import type { NewEvent } from '../store/store.ts'
import { systemWallNowMs } from '../store/wall-clock.ts'
import { partAnswer, receiptAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { newIds } from './new-ids.ts'
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

/** Who asks for what. */
export interface Visit {
  readonly entrance: Entrance
  readonly tenant: Tenant
}

/** Takes the events of one request, all or none, and answers. */
export async function takeEvents(exchange: Exchange, visit: Visit, outcome: Outcome): Promise<void> {
  const { ledger } = outcome
  const { entrance, tenant } = visit
  const soon = entrance.admission.onHeaders(exchange.request, tenant)
  const verdict = soon instanceof Promise ? await soon : soon
  if (!verdict.admitted) return outcome.refuse(verdict.refusal, 'early')
  exchange.askForBody()
  const body = await readBody(exchange.request, boundsFor(visit))
  if (body.kind === 'gone') return ledger.abandoned()
  if (body.kind === 'refused') return outcome.refuse(body.refusal, 'late')
  try {
    const taken = await takeBody(exchange, visit, { head: verdict.head, body: body.bytes })
    if (taken.kind === 'refused') return outcome.refuse(taken.refusal, 'late')
    if (taken.kind === 'gone') return ledger.abandoned()
    ledger.accepted()
    const { receipt } = taken
    exchange.answer(receipt.refused === undefined ? receiptAnswer(receipt) : partAnswer(receipt))
  } finally {
    body.release()
  }
}

/** The bounds of the stream, with the tenant's part of the memory. */
function boundsFor({ entrance, tenant }: Visit): BodyBounds {
  const { bounds } = entrance
  return tenant.name === '' ? bounds : { ...bounds, budget: tenant.bodies }
}

type Sent = SentEvents & { readonly kind: 'events' }

type Taken =
  | { readonly kind: 'taken'; readonly receipt: Receipt }
  | { readonly kind: 'refused'; readonly refusal: RequestRefusal }
  | { readonly kind: 'gone' }

/** A request that is here as a whole. */
interface WholeRequest {
  readonly head: RequestHead
  readonly body: Uint8Array
}

async function takeBody(exchange: Exchange, visit: Visit, whole: WholeRequest): Promise<Taken> {
  const { stream, admission } = visit.entrance
  const unsigned = admission.onBody(whole.head, whole.body)
  if (unsigned) return { kind: 'refused', refusal: unsigned }
  const sent = readEvents(whole.head.form, whole.body, stream.maxBatch)
  if (sent.kind !== 'events') return { kind: 'refused', refusal: unreadable(sent, stream) }
  const soon = admission.onBatch(sent.payloads.length, visit.tenant)
  const batch = soon instanceof Promise ? await soon : soon
  if (!batch.admitted) return { kind: 'refused', refusal: batch.refusal }
  const taken = await takeWaiting(exchange, visit, envelopesOf(sent, whole, visit.tenant))
  if (taken.kind !== 'taken') batch.undo()
  return taken
}

async function takeWaiting(
  exchange: Exchange,
  { entrance }: Visit,
  events: readonly NewEvent[],
): Promise<Taken> {
  const { stream, admission } = entrance
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

/** The events in envelopes. Their names are their own, or made of the request's; or new ones, if it has none. */
function envelopesOf(
  sent: Sent,
  { head, body }: WholeRequest,
  { name: tenant }: Tenant,
): readonly NewEvent[] {
  const { contentType, ids, attributes, payloads } = sent
  const { name, signature, traceparent } = head
  const receivedAtMs = systemWallNowMs()
  const own = signature ? undefined : ids
  const dedupe = own !== undefined || name !== undefined
  const sentAs = own === undefined && name !== undefined ? new SentBody(contentType, body) : undefined
  const given =
    own ?? (name === undefined ? newIds(payloads.length) : payloads.map((_, i) => idOfEvent(name, i)))
  // Each property is named here: a spread would cost more than everything else that admits an event.
  return payloads.map((payload, index) => ({
    id: given[index] as string, // one for each payload
    receivedAtMs,
    tenant,
    contentType,
    traceparent,
    attributes,
    dedupe,
    sentAs,
    payload,
  }))
}

function unreadable(sent: Exclude<SentEvents, { kind: 'events' }>, stream: EventStream): RequestRefusal {
  switch (sent.kind) {
    case 'malformed': {
      const { line, column } = sent.position
      return { code: 'ERR_MALFORMED_BODY', detail: `line ${line}, column ${column}: ${sent.problem}` }
    }
    case 'faulty':
      return { code: 'ERR_MALFORMED_EVENT', detail: `event ${sent.index + 1}: ${sent.problem}` }
    default:
      return batchTooLarge(stream)
  }
}

function batchTooLarge({ name, maxBatch }: EventStream): RequestRefusal {
  const detail = `stream ${name}: the batch has more events than the ${maxBatch} that the stream can hold; send smaller batches`
  return { code: 'ERR_BATCH_TOO_LARGE', detail }
}
