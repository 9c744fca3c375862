/**
 * A sum over the last moments, kept in a few bins: for rates.
 *
 * Floor 1: imports `options`.
 */
import { integerFrom, optional, positive, type Rules, resolveOptions } from '../options/rules.ts'

/** Options of a `SlidingSum`. */
export interface SlidingSumOptions {
  /** The window in milliseconds. Above 0. */
  readonly windowMs: number
  /** How many bins make the window: the step in which it forgets. From 2 to 10,000; 10 by default. */
  readonly bins?: number | undefined
}

const RULES: Rules<SlidingSumOptions> = { windowMs: positive, bins: optional(integerFrom(2, 10_000)) }

/**
 * The sum of what was added within the window: the current bin, begun, and the `bins - 1` before it.
 * `add` costs O(1), once per bin O(bins). A clock that is set back counts as no time passed, and goes on from there.
 */
export class SlidingSum {
  readonly #binMs: number
  readonly #values: Float64Array
  #index = 0
  #filled = 0
  #older = 0
  #startMs = Number.NEGATIVE_INFINITY
  #nowMs = Number.NEGATIVE_INFINITY

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(options: SlidingSumOptions) {
    const { windowMs, bins } = resolveOptions('SlidingSum', options, RULES, { bins: 10 })
    this.#binMs = windowMs / bins
    this.#values = new Float64Array(bins)
  }

  /** Adds to the current bin. Ignored, and `false`, when `value` isn't a finite number. */
  add(value: number, nowMs: number): boolean {
    if (!Number.isFinite(value)) return false
    this.#roll(nowMs)
    this.#values[this.#index]! += value
    return true
  }

  /** Takes back what was added at `addedMs`, as if it had not been; what was forgotten meanwhile is not taken back. */
  takeBack(value: number, addedMs: number, nowMs: number): void {
    this.#roll(nowMs)
    const bins = this.#values.length
    const binsAgo = Math.max(0, Math.ceil((this.#startMs - addedMs) / this.#binMs))
    if (!(binsAgo < bins)) return
    this.#values[(this.#index - binsAgo + bins) % bins]! -= value
    this.#sumOlder()
  }

  /** The sum over the window that ends now. */
  sum(nowMs: number): number {
    this.#roll(nowMs)
    return this.#older + this.#values[this.#index]!
  }

  /**
   * The sum per second of the time it covers: of the whole window, or of the time since the first call
   * when that is shorter, but at least of one bin.
   */
  ratePerSecond(nowMs: number): number {
    const sum = this.sum(nowMs)
    const coveredMs = this.#nowMs - this.#startMs + (this.#filled - 1) * this.#binMs
    return (sum * 1000) / Math.max(this.#binMs, coveredMs)
  }

  #roll(nowMs: number): void {
    if (nowMs === this.#nowMs || !Number.isFinite(nowMs)) return
    if (nowMs < this.#nowMs) this.#startMs -= this.#nowMs - nowMs
    this.#nowMs = nowMs
    const passed = Math.floor((nowMs - this.#startMs) / this.#binMs)
    if (passed <= 0) return
    const bins = this.#values.length
    if (passed >= bins) {
      this.#values.fill(0)
      this.#filled = this.#filled === 0 ? 1 : bins
      this.#startMs = Number.isFinite(passed) ? this.#startMs + passed * this.#binMs : nowMs
    } else {
      for (let i = 0; i < passed; i++) {
        this.#index = (this.#index + 1) % bins
        this.#values[this.#index] = 0
      }
      this.#filled = Math.min(bins, this.#filled + passed)
      this.#startMs += passed * this.#binMs
    }
    this.#sumOlder()
  }

  /** Summed anew rather than by difference, so that fractions can't drift. */
  #sumOlder(): void {
    let sum = 0
    for (let i = 0; i < this.#values.length; i++) if (i !== this.#index) sum += this.#values[i]!
    this.#older = sum
  }
}
