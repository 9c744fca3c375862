/**
 * How much is asked of a node: an average that forgets, over all asks,
 * refused ones too. Pure: takes the time.
 */

/** Tokens asked for in a second, averaged over about `windowMs`. */
export class Demand {
  readonly #windowMs: number
  #perMs = 0
  #sum = 0
  #sinceMs: number | undefined

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  note(cost: number): void {
    this.#sum += cost
  }

  /** The average at `nowMs`. */
  perSecond(nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - (this.#sinceMs ?? nowMs))
    const kept = Math.exp(-elapsedMs / this.#windowMs)
    // What came spread over the time since then; in one instant it is an impulse, the limit of the same formula.
    const spread = elapsedMs > 0 ? (1 - kept) / elapsedMs : 1 / this.#windowMs
    this.#perMs = this.#perMs * kept + this.#sum * spread
    this.#sum = 0
    this.#sinceMs = nowMs
    return this.#perMs * 1000
  }
}
