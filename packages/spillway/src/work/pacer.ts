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
  /** Starts per millisecond. */
  readonly ratePerMs: number
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
    this.ratePerMs = rate.ratePerSecond / 1000
  }

  /** Whether a token is there. */
  get ready(): boolean {
    return this.#tokenInMs() === 0
  }

  /** Takes a token for a start; without one `onToken` is called when there is. */
  take(): boolean {
    if (this.#bucket.allow(this.#clock.nowMs(), 1)) return true
    this.awaitToken()
    return false
  }

  /** Sees to it that `onToken` is called when the next token comes, if none is there. */
  awaitToken(): void {
    if (this.#cancelTimer) return
    const delayMs = this.#tokenInMs()
    if (delayMs > 0) this.#cancelTimer = this.#clock.schedule(delayMs, this.#onTimer)
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

  #tokenInMs(): number {
    return this.#bucket.delayUntil(this.#clock.nowMs(), 1)
  }
}
