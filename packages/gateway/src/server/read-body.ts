/**
 * Reads a body within bounds: its size, the memory kept for all bodies, and
 * the time it may stall.
 *
 * Imports `admission`.
 */
import type { IncomingMessage } from 'node:http'
import type { BodyBudget } from '../admission/body-budget.ts'

/** The bounds of one body. */
export interface BodyBounds {
  readonly limitBytes: number
  readonly budget: BodyBudget
  /** Milliseconds, at least 1: when not a byte came for so long, at most twice as long, it is given up. */
  readonly stallMs: number
}

/** A body, or why there is none. `release` gives its bytes back to the budget. */
export type BodyResult =
  | { readonly kind: 'body'; readonly bytes: Buffer; readonly release: () => void }
  | { readonly kind: 'too-large' | 'no-memory' | 'stalled' | 'gone' }

/** Below this a body is copied out of the socket's read buffer, which it would keep alive many times its size. */
const COPIED_BYTES = 16 * 2 ** 10

/** Reads the body of `request`. Whatever the result, nothing is left listening. */
export function readBody(request: IncomingMessage, bounds: BodyBounds): Promise<BodyResult> {
  return new Promise((resolve) => {
    new BodyReader(request, bounds, resolve).start()
  })
}

class BodyReader {
  readonly #request: IncomingMessage
  readonly #bounds: BodyBounds
  readonly #resolve: (result: BodyResult) => void
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #heardBytes = -1
  #stallTimer: NodeJS.Timeout | undefined

  constructor(request: IncomingMessage, bounds: BodyBounds, resolve: (result: BodyResult) => void) {
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
    this.#stallTimer = setInterval(this.#onTick, this.#bounds.stallMs)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.#bytes > this.#bounds.limitBytes) this.#fail('too-large', chunk.length)
    else if (!this.#bounds.budget.tryTake(chunk.length)) this.#fail('no-memory', chunk.length)
    else this.#chunks.push(chunk)
  }

  readonly #onEnd = (): void => {
    this.#stop()
    const { budget } = this.#bounds
    const [first] = this.#chunks
    const isWhole = this.#chunks.length === 1 && this.#bytes >= COPIED_BYTES
    const bytes = first && isWhole ? first : Buffer.concat(this.#chunks, this.#bytes)
    this.#resolve({ kind: 'body', bytes, release: () => budget.give(bytes.length) })
  }

  /** Stalled: not a byte between two ticks. */
  readonly #onTick = (): void => {
    if (this.#heardBytes === this.#bytes) this.#fail('stalled', 0)
    this.#heardBytes = this.#bytes
  }

  readonly #onGone = (): void => this.#fail('gone', 0)

  #fail(kind: Exclude<BodyResult['kind'], 'body'>, untakenBytes: number): void {
    this.#stop()
    this.#request.pause()
    this.#bounds.budget.give(this.#bytes - untakenBytes)
    this.#resolve({ kind })
  }

  #stop(): void {
    const request = this.#request
    clearInterval(this.#stallTimer)
    request.off('data', this.#onData)
    request.off('end', this.#onEnd)
    request.off('close', this.#onGone)
    request.off('error', this.#onGone)
  }
}
