/**
 * A histogram that forgets: quantiles of the recent past, cheap to ask.
 *
 * Two halves of the window take turns: the newer one fills, the older one
 * still counts, and is forgotten as a whole when the next half begins. What
 * is forgotten is added up, for those who want to know it all: `totals`.
 *
 * Floor 1: imports `options`.
 */
import { integerFrom, numberFrom, optional, positive, type Rules, resolveOptions } from '../options/rules.ts'
import { type DurationTotals, Histogram } from './histogram.ts'

/** Options of a `WindowedHistogram`. */
export interface WindowedHistogramOptions {
  /** The window in milliseconds: no older sample counts. Above 0; 10,000 by default. */
  readonly windowMs?: number | undefined
  /** The quantile that `quantile` answers, from 0 to 1; 0.99 by default. */
  readonly q?: number | undefined
  /** After how many milliseconds a changed quantile is computed anew, at the latest; 100 by default. */
  readonly refreshMs?: number | undefined
  /** After how many new samples it is computed anew, at the latest; 32 by default. */
  readonly refreshSamples?: number | undefined
}

const RULES: Rules<WindowedHistogramOptions> = {
  windowMs: optional(positive),
  q: optional(numberFrom(0, 1)),
  refreshMs: optional(numberFrom(0)),
  refreshSamples: optional(integerFrom(1)),
}

const DEFAULTS = { windowMs: 10_000, q: 0.99, refreshMs: 100, refreshSamples: 32 }

/**
 * Durations of at least the last `windowMs / 2` and at most the last `windowMs`. `record` costs O(1);
 * `quantile` is a field read but for one walk of the buckets every `refreshSamples` or `refreshMs`.
 * A clock that is set back counts as no time passed, and goes on from there.
 */
export class WindowedHistogram {
  readonly #halfMs: number
  readonly #q: number
  readonly #refreshMs: number
  readonly #refreshSamples: number
  #recent = new Histogram()
  #older = new Histogram()
  /** Made when something is forgotten for the first time. */
  #forgotten: Histogram | undefined = undefined
  #halfEndsMs = Number.NaN
  #nowMs = Number.NEGATIVE_INFINITY
  #quantile = 0
  #computedAtMs = Number.NEGATIVE_INFINITY
  #newSamples = 0

  /** @throws OptionError when an option is unknown or out of its range */
  constructor(options: WindowedHistogramOptions = {}) {
    const given = resolveOptions('WindowedHistogram', options, RULES, DEFAULTS)
    this.#halfMs = given.windowMs / 2
    this.#q = given.q
    this.#refreshMs = given.refreshMs
    this.#refreshSamples = given.refreshSamples
  }

  /** Adds one sample in milliseconds; ignored, and `false`, when negative or `NaN`. */
  record(valueMs: number, nowMs: number): boolean {
    this.#roll(nowMs)
    if (!this.#recent.record(valueMs)) return false
    this.#newSamples++
    return true
  }

  /** How many samples count now. */
  count(nowMs: number): number {
    this.#roll(nowMs)
    return this.#recent.count + this.#older.count
  }

  /** The mean in milliseconds; 0 without samples. */
  mean(nowMs: number): number {
    const count = this.count(nowMs)
    if (count === 0) return 0
    return (this.#recent.mean * this.#recent.count + this.#older.mean * this.#older.count) / count
  }

  /** The largest in milliseconds; 0 without samples. */
  max(nowMs: number): number {
    this.#roll(nowMs)
    return Math.max(this.#recent.max, this.#older.max)
  }

  /**
   * The quantile `q` of the options, in milliseconds; 0 without samples: ask `count` first.
   * It may lag behind by fewer than `refreshSamples` samples and less than `refreshMs`.
   */
  quantile(nowMs: number): number {
    this.#roll(nowMs)
    if (this.#newSamples === 0) return this.#quantile
    if (this.#newSamples < this.#refreshSamples && this.#nowMs - this.#computedAtMs < this.#refreshMs) {
      return this.#quantile
    }
    this.#quantile = this.#recent.quantile(this.#q, this.#older)
    this.#computedAtMs = this.#nowMs
    this.#newSamples = 0
    return this.#quantile
  }

  /** Any other quantile, from 0 to 1, computed now: a walk of the buckets in use. */
  exactQuantile(q: number, nowMs: number): number {
    this.#roll(nowMs)
    return this.#recent.quantile(q, this.#older)
  }

  /** All samples since the beginning, within the window and before it, by ascending bounds. */
  totals(boundsMs: readonly number[]): DurationTotals {
    const all = new Histogram()
    for (const part of [this.#recent, this.#older, this.#forgotten]) if (part) all.merge(part)
    return all.totals(boundsMs)
  }

  #forget(half: Histogram): void {
    if (half.count === 0) return
    this.#forgotten ??= new Histogram()
    this.#forgotten.merge(half)
    half.reset()
  }

  #setBack(byMs: number): void {
    this.#halfEndsMs -= byMs
    this.#computedAtMs -= byMs
  }

  #roll(nowMs: number): void {
    if (nowMs === this.#nowMs || !Number.isFinite(nowMs)) return
    if (nowMs < this.#nowMs) this.#setBack(this.#nowMs - nowMs)
    this.#nowMs = nowMs
    if (nowMs < this.#halfEndsMs) return
    if (nowMs < this.#halfEndsMs + this.#halfMs) {
      const forgotten = this.#older
      this.#forget(forgotten)
      this.#older = this.#recent
      this.#recent = forgotten
      this.#halfEndsMs += this.#halfMs
    } else {
      this.#forget(this.#recent)
      this.#forget(this.#older)
      this.#halfEndsMs = nowMs + this.#halfMs
    }
    this.#computedAtMs = Number.NEGATIVE_INFINITY
    this.#newSamples++
  }
}
