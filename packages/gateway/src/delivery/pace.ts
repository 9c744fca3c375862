/**
 * The rate at which deliveries begin, as it is now: after each one that uses up
 * the last token, deliveries are held until there is another.
 *
 * Imports `spillway`, `config`.
 */
import { type Cancel, type Clock, TokenBucket } from 'spillway'
import type { RateSettings } from '../config/stream-settings.ts'

/** A rate that can be changed while it is kept. */
export class Pace {
  readonly #clock: Clock
  readonly #onChange: () => void
  #bucket: TokenBucket | undefined
  #cancel: Cancel | undefined

  /** @param onChange - `isHeld` has another value */
  constructor(rate: RateSettings | undefined, clock: Clock, onChange: () => void) {
    this.#bucket = rate && new TokenBucket(rate)
    this.#clock = clock
    this.#onChange = onChange
  }

  /** Whether no delivery may begin now. */
  get isHeld(): boolean {
    return this.#cancel !== undefined
  }

  /** So many deliveries begin together; only while not held. Those after them wait for what is more than a token. */
  began(deliveries = 1): void {
    if (!this.#bucket) return
    const nowMs = this.#clock.nowMs()
    for (let i = 0; i < deliveries; i++) this.#bucket.reserve(nowMs, 1)
    this.#review()
  }

  /** Another rate from now on; what was saved up stays, as far as it fits. `undefined`: as fast as the sink takes it. */
  set(rate: RateSettings | undefined): void {
    const nowMs = this.#clock.nowMs()
    if (!rate || !this.#bucket) {
      this.#bucket = rate && new TokenBucket(rate)
    } else {
      this.#bucket.setRate(nowMs, rate.ratePerSecond)
      this.#bucket.setBurst(nowMs, rate.burst)
    }
    this.#review()
  }

  /** Holds nothing any more. */
  stop(): void {
    this.#cancel?.()
  }

  /** Holds until the next token, or no longer. The last thing to do: whoever is told may begin a delivery. */
  #review(): void {
    const wasHeld = this.isHeld
    this.#cancel?.()
    const delayMs = this.#bucket?.delayUntil(this.#clock.nowMs(), 1) ?? 0
    this.#cancel = delayMs > 0 ? this.#clock.schedule(delayMs, () => this.#review()) : undefined
    if (this.isHeld !== wasHeld) this.#onChange()
  }
}
