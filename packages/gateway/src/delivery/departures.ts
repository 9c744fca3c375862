/**
 * How fast a stream empties: what left it in the last two seconds.
 *
 * Pure: the caller says what time it is. Imports nothing.
 */

const BIN_MS = 100
const BINS = 20
/** Fewer departures say nothing about the next. */
const MIN_SAMPLES = 20

/** Counts departures in bins. */
export class Departures {
  readonly #bins = new Float64Array(BINS)
  #lastBin = 0
  #firstMs: number | undefined
  #sum = 0

  /** So many events left. */
  add(count: number, nowMs: number): void {
    this.#advance(nowMs)
    this.#firstMs ??= nowMs
    this.#bins[this.#lastBin % BINS]! += count
    this.#sum += count
  }

  /** Events a millisecond; `undefined` when too few left lately to tell. */
  ratePerMs(nowMs: number): number | undefined {
    this.#advance(nowMs)
    if (this.#sum < MIN_SAMPLES || this.#firstMs === undefined) return undefined
    const spanMs = (BINS - 1) * BIN_MS + (nowMs % BIN_MS)
    return this.#sum / Math.max(BIN_MS, Math.min(spanMs, nowMs - this.#firstMs))
  }

  #advance(nowMs: number): void {
    const bin = Math.max(this.#lastBin, Math.floor(nowMs / BIN_MS))
    const stale = Math.min(BINS, bin - this.#lastBin)
    for (let i = 1; i <= stale; i++) {
      const at = (this.#lastBin + i) % BINS
      this.#sum -= this.#bins[at]!
      this.#bins[at] = 0
    }
    if (stale === BINS) this.#firstMs = undefined
    this.#lastBin = bin
  }
}
