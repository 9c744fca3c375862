/**
 * A histogram of durations: quantiles of any number of samples in 9 kB.
 *
 * Log-linear buckets: 32 to each doubling, so that a bucket is at most 1/32 as
 * wide as its values are large. The bucket of a value is read from the bits of
 * its single-precision form, without a logarithm.
 *
 * Absent: the samples themselves, and any way to take one back.
 * Floor 1: imports nothing.
 * Source: the idea of HdrHistogram, G. Tene, https://hdrhistogram.org.
 */

/** The smallest duration told apart from 0, in milliseconds. */
export const MIN_TRACKED_MS = 0.001
/** The longest duration tracked, in milliseconds (2.8 hours); anything longer counts as this. */
export const MAX_TRACKED_MS = 1e7
/** The largest relative error of a quantile within the tracked range. */
export const QUANTILE_ERROR = 0.016

const PER_DOUBLING_BITS = 5
const DROPPED_BITS = 23 - PER_DOUBLING_BITS
const asFloat: Float32Array = /* @__PURE__ */ new Float32Array(1)
const asBits: Uint32Array = /* @__PURE__ */ new Uint32Array(asFloat.buffer)
const FIRST_BUCKET: number = /* @__PURE__ */ bucketBits(MIN_TRACKED_MS)
const BUCKETS: number = /* @__PURE__ */ bucketBits(MAX_TRACKED_MS) - FIRST_BUCKET + 1

/** All samples of a histogram, by bounds. */
export interface DurationTotals {
  /** For each bound, in its order, how many samples were at most so long. */
  readonly counts: readonly number[]
  /** How many samples there were. */
  readonly count: number
  /** Their sum in milliseconds. */
  readonly sumMs: number
}

/**
 * Counts durations in milliseconds. `record` costs O(1) and allocates nothing; `quantile` walks the
 * buckets in use, at most 1,063.
 */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS)
  #count = 0
  #sum = 0
  #max = 0
  #lowest = BUCKETS
  #highest = -1

  /**
   * Adds one sample.
   *
   * @param valueMs - milliseconds; above 1e7 (2.8 hours) counts as that; negative or `NaN` is ignored
   * @returns whether it was counted
   */
  record(valueMs: number): boolean {
    if (!(valueMs >= 0)) return false
    const value = valueMs > MAX_TRACKED_MS ? MAX_TRACKED_MS : valueMs
    const bucket = value <= MIN_TRACKED_MS ? 0 : bucketBits(value) - FIRST_BUCKET
    this.#counts[bucket]!++
    this.#count++
    this.#sum += value
    if (value > this.#max) this.#max = value
    if (bucket < this.#lowest) this.#lowest = bucket
    if (bucket > this.#highest) this.#highest = bucket
    return true
  }

  /** How many samples were counted. */
  get count(): number {
    return this.#count
  }

  /** The mean in milliseconds, exact but for rounding; 0 without samples. */
  get mean(): number {
    return this.#count > 0 ? this.#sum / this.#count : 0
  }

  /** The largest sample in milliseconds, exact; 0 without samples. */
  get max(): number {
    return this.#max
  }

  /**
   * The value that at least the share `q` of the samples doesn't exceed.
   *
   * @param q - from 0 (the smallest) to 1 (the largest, exact); outside, the nearer of the two
   * @param other - a second histogram to be taken together with this one, without merging them
   * @returns milliseconds, within 1.6 % of the exact sample, or within 0.001 ms; never above `max`; 0 without samples: ask `count` first
   */
  quantile(q: number, other?: Histogram): number {
    const count = this.#count + (other ? other.#count : 0)
    const max = Math.max(this.#max, other ? other.#max : 0)
    const rank = Math.max(1, Math.ceil(q * count))
    if (!(rank < count)) return max
    const bucket = 2 * rank > count ? this.#fromAbove(count - rank + 1, other) : this.#fromBelow(rank, other)
    return Math.min(bucketMiddleMs(bucket), max)
  }

  /** Adds every sample of `other`. */
  merge(other: Histogram): void {
    for (let i = other.#lowest; i <= other.#highest; i++) this.#counts[i]! += other.#counts[i]!
    this.#count += other.#count
    this.#sum += other.#sum
    this.#max = Math.max(this.#max, other.#max)
    this.#lowest = Math.min(this.#lowest, other.#lowest)
    this.#highest = Math.max(this.#highest, other.#highest)
  }

  /**
   * How many samples were at most as long as each bound.
   *
   * @param boundsMs - ascending; a sample within 1.6 % of a bound may count on either side
   */
  totals(boundsMs: readonly number[]): DurationTotals {
    const counts: number[] = []
    let bucket = Math.max(0, this.#lowest)
    let seen = 0
    for (const boundMs of boundsMs) {
      for (; bucket <= this.#highest && bucketMiddleMs(bucket) <= boundMs; bucket++)
        seen += this.#counts[bucket]!
      counts.push(seen)
    }
    return { counts, count: this.#count, sumMs: this.#sum }
  }

  /** Forgets every sample. */
  reset(): void {
    if (this.#highest >= 0) this.#counts.fill(0, this.#lowest, this.#highest + 1)
    this.#count = 0
    this.#sum = 0
    this.#max = 0
    this.#lowest = BUCKETS
    this.#highest = -1
  }

  #fromBelow(rank: number, other: Histogram | undefined): number {
    let bucket = Math.min(this.#lowest, other ? other.#lowest : BUCKETS)
    for (let seen = 0; ; bucket++) {
      seen += this.#counts[bucket]! + (other ? other.#counts[bucket]! : 0)
      if (seen >= rank) return bucket
    }
  }

  /** High quantiles lie near the top: from there the walk is short. */
  #fromAbove(rank: number, other: Histogram | undefined): number {
    let bucket = Math.max(this.#highest, other ? other.#highest : -1)
    for (let seen = 0; ; bucket--) {
      seen += this.#counts[bucket]! + (other ? other.#counts[bucket]! : 0)
      if (seen >= rank) return bucket
    }
  }
}

function bucketBits(valueMs: number): number {
  asFloat[0] = valueMs
  return asBits[0]! >>> DROPPED_BITS
}

function bucketMiddleMs(bucket: number): number {
  asBits[0] = (bucket + FIRST_BUCKET) << DROPPED_BITS
  const lowerMs = asFloat[0]!
  asBits[0] = (bucket + FIRST_BUCKET + 1) << DROPPED_BITS
  return (lowerMs + asFloat[0]!) / 2
}
