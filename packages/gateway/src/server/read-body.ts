/**
 * Reads a body within bounds: its size, before and after decompression, the
 * memory kept for all bodies, and its time: it may neither stall nor trickle.
 *
 * Imports `admission`, `protocol`, `inflate-body`.
 */
import type { IncomingMessage } from 'node:http'
import { bodyTooLarge, noMemory } from '../admission/admission.ts'
import type { ByteBudget } from '../admission/body-budget.ts'
import type { RequestRefusal } from '../admission/refusal.ts'
import { contentCoding } from '../protocol/content-encoding.ts'
import type { Compression } from './decoder.ts'
import type { BodyInflater, InflateResult } from './inflate-body.ts'

/** The bounds of one body. */
export interface BodyBounds {
  /** The largest body, as it comes and as it is. */
  readonly limitBytes: number
  readonly budget: ByteBudget
  /**
   * Milliseconds, at least 1: when not a byte came for so long, at most twice as long, the body is given up; and so it
   * is when it is not whole after `BODY_TURNS` times as long.
   */
  readonly stallMs: number
  readonly inflater: BodyInflater
}

/** A body, or why there is none. `release` gives its bytes back to the budget. */
export type BodyResult =
  | { readonly kind: 'body'; readonly bytes: Buffer; readonly release: () => void }
  | { readonly kind: 'refused'; readonly refusal: RequestRefusal }
  | { readonly kind: 'gone' }

/** A body has so many times `stallMs` to arrive: one that trickles in just fast enough not to stall ends too. */
export const BODY_TURNS = 12
/** Node turns longer ones into none at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Below this a body is copied out of the socket's read buffer, which it would keep alive many times its size. */
const COPIED_BYTES = 16 * 2 ** 10

/** What arrived, or why it did not. */
type Arrival =
  | { readonly kind: 'arrived'; readonly chunks: readonly Buffer[]; readonly bytes: number }
  | { readonly kind: 'too-large' | 'no-memory' | 'stalled' | 'slow' | 'gone' }

/** Reads the body of `request`, which has a coding that is taken. Whatever the result, nothing is left listening. */
export async function readBody(request: IncomingMessage, bounds: BodyBounds): Promise<BodyResult> {
  const arrival = await new Promise<Arrival>((resolve) => {
    new BodyReader(request, bounds, resolve).start()
  })
  if (arrival.kind === 'gone') return { kind: 'gone' }
  if (arrival.kind !== 'arrived') return { kind: 'refused', refusal: refusalOf(arrival.kind, bounds) }
  const coding = contentCoding(request.headers['content-encoding'])
  if (coding === undefined || coding === 'identity') return whole(wholeBytes(arrival), bounds)
  return inflated(arrival, coding, bounds)
}

type Arrived = Arrival & { kind: 'arrived' }

async function inflated(
  { chunks, bytes }: Arrived,
  coding: Compression,
  bounds: BodyBounds,
): Promise<BodyResult> {
  const { limitBytes, budget, inflater } = bounds
  const result = await inflater.inflate({ chunks, coding, limitBytes, budget })
  budget.give(bytes)
  return result.kind === 'body'
    ? whole(result.bytes, bounds)
    : { kind: 'refused', refusal: refusalOfInflating(result, bounds) }
}

function whole(bytes: Buffer, { budget }: BodyBounds): BodyResult {
  return { kind: 'body', bytes, release: () => budget.give(bytes.length) }
}

function wholeBytes({ chunks, bytes }: Arrived): Buffer {
  const [first] = chunks
  return first && chunks.length === 1 && bytes >= COPIED_BYTES ? first : Buffer.concat(chunks, bytes)
}

class BodyReader {
  readonly #request: IncomingMessage
  readonly #bounds: BodyBounds
  readonly #resolve: (result: Arrival) => void
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #heardBytes = -1
  #turns = 0
  #timer: NodeJS.Timeout | undefined

  constructor(request: IncomingMessage, bounds: BodyBounds, resolve: (result: Arrival) => void) {
    this.#request = request
    this.#bounds = bounds
    this.#resolve = resolve
  }

  start(): void {
    const request = this.#request
    request.on('data', this.#onData)
    request.on('end', this.#onEnd)
    request.on('close', this.#onGone)
    request.on('error', this.#onGone)
    this.#timer = setInterval(this.#onTurn, Math.min(this.#bounds.stallMs, LONGEST_TIMER_MS))
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.#bytes > this.#bounds.limitBytes) this.#fail('too-large', chunk.length)
    else if (!this.#bounds.budget.tryTake(chunk.length)) this.#fail('no-memory', chunk.length)
    else this.#chunks.push(chunk)
  }

  readonly #onEnd = (): void => {
    this.#stop()
    this.#resolve({ kind: 'arrived', chunks: this.#chunks, bytes: this.#bytes })
  }

  /** Stalled: not a byte between two turns. */
  readonly #onTurn = (): void => {
    if (++this.#turns >= BODY_TURNS) this.#fail('slow', 0)
    else if (this.#heardBytes === this.#bytes) this.#fail('stalled', 0)
    this.#heardBytes = this.#bytes
  }

  readonly #onGone = (): void => this.#fail('gone', 0)

  #fail(kind: Exclude<Arrival['kind'], 'arrived'>, untakenBytes: number): void {
    this.#stop()
    this.#request.pause()
    this.#bounds.budget.give(this.#bytes - untakenBytes)
    this.#resolve({ kind })
  }

  #stop(): void {
    const request = this.#request
    clearInterval(this.#timer)
    request.off('data', this.#onData)
    request.off('end', this.#onEnd)
    request.off('close', this.#onGone)
    request.off('error', this.#onGone)
  }
}

function refusalOf(kind: Exclude<Arrival['kind'], 'arrived' | 'gone'>, bounds: BodyBounds): RequestRefusal {
  const { limitBytes, stallMs } = bounds
  switch (kind) {
    case 'too-large':
      return bodyTooLarge(limitBytes)
    case 'no-memory':
      return noMemory()
    case 'stalled':
      return timedOut(`not a byte of the body came for ${stallMs} ms; send it again`)
    case 'slow':
      return timedOut(`the body was not whole after ${BODY_TURNS * stallMs} ms; send smaller batches`)
  }
}

function timedOut(detail: string): RequestRefusal {
  return { code: 'ERR_REQUEST_TIMEOUT', detail }
}

function refusalOfInflating(
  result: Exclude<InflateResult, { kind: 'body' }>,
  { limitBytes }: BodyBounds,
): RequestRefusal {
  switch (result.kind) {
    case 'too-large':
      return {
        code: 'ERR_BODY_TOO_LARGE',
        detail: `the body is larger than ${limitBytes} bytes (bodyLimit) when decompressed; send smaller batches`,
      }
    case 'no-memory':
      return noMemory()
    case 'busy':
      return { code: 'ERR_TOO_MANY_WAITING', detail: 'too many compressed bodies wait to be decompressed' }
    case 'broken':
      return { code: 'ERR_MALFORMED_BODY', detail: result.problem }
  }
}
