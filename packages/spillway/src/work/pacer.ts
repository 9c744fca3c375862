/**
 * The pace at which handlers start: a token bucket, and one timer for the
 * next token.
 *
 * Floor 4: imports `clock`, `options`, `rate`.
 */
import type { Cancel, Clock } from '../clock/clock.ts'
import { integerFrom, positive, resolveOptions } from '../options/rules.ts'
import { TokenBucket } from '../rate/token-bucket.ts'

/** A rate of starts. */
export interface StartRate {
  /** Starts a second. Finite, above 0. */
  readonly ratePerSecond: number
  /** The most starts at once after a pause. An integer of at least 1. */
  readonly burst: number
}

/** Tokens for starts. */
export class Pacer {
  readonly #bucket: TokenBucket
  readonly #clock: Clock
  readonly #onToken: () => void
  readonly #ratePerMs: number
  #cancelTimer: Cancel | undefined

  /**
   * @param onToken - called when a start that was refused may be tried again
   * @throws OptionError when an option is unknown, missing or out of its range
   */
  constructor(given: StartRate, clock: Clock, onToken: () => void) {
    const rules = { ratePerSecond: positive, burst: integerFrom(1) }
    const rate = resolveOptions('Processor startRate', given, rules)
    this.#bucket = new TokenBucket(rate)
    this.#clock = clock
    this.#onToken = onToken
    this.#ratePerMs = rate.ratePerSecond / 1000
  }

  /** Starts per millisecond. */
  get ratePerMs(): number {
    return this.#ratePerMs
  }

  /** Whether a token is there. */
  get ready(): boolean {
    return this.#bucket.tokens(this.#clock.nowMs()) >= 1
  }

  /** Takes a token for a start; without one `onToken` is called when there is. */
  take(): boolean {
    const nowMs = this.#clock.nowMs()
    if (this.#bucket.allow(nowMs, 1)) return true
    if (!this.#cancelTimer) {
      const missing = Math.max(0, 1 - this.#bucket.tokens(nowMs))
      this.#cancelTimer = this.#clock.schedule(missing / this.#ratePerMs, this.#onTimer)
    }
    return false
  }

  /** Nobody waits for a token: no timer stays alive. */
  rest(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  readonly #onTimer = (): void => {
    this.#cancelTimer = undefined
    this.#onToken()
  }
}
