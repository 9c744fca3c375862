/**
 * What the store last said when it could not keep events, so that the next
 * requests are refused on their headers, before their bodies are read.
 *
 * One request in a while tries anew: a store that recovered is noticed.
 *
 * Imports `spillway`, `take-refusal`.
 */
import type { Clock } from 'spillway'
import type { TakeRefusal } from './take-refusal.ts'

/** One request in so many milliseconds tries anew. */
const PROBE_MS = 1000

/** The trouble of one stream's store. */
export class StoreTrouble {
  readonly #clock: Clock
  #refusal: TakeRefusal | undefined
  #tryAgainMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What a newcomer would hear; `undefined` when all is well, and for the one that tries anew. */
  failure(): TakeRefusal | undefined {
    if (!this.#refusal) return undefined
    const nowMs = this.#clock.nowMs()
    if (nowMs < this.#tryAgainMs) return this.#refusal
    this.#tryAgainMs = nowMs + PROBE_MS
    return undefined
  }

  /** What it last said; `undefined` when all is well. */
  get latest(): TakeRefusal | undefined {
    return this.#refusal
  }

  /** The store could not keep events. */
  met(refusal: TakeRefusal): void {
    this.#refusal = refusal
    this.#tryAgainMs = this.#clock.nowMs() + PROBE_MS
  }

  /** The store kept events. */
  passed(): void {
    this.#refusal = undefined
  }
}
