/**
 * How fast work goes: the rate and the service time that a prediction may
 * count on. Queues and concurrency limits predict by it.
 *
 * The rate is the true one, work done by time spent on it, not the observed
 * throughput, which is low when little arrives. While nothing completes the
 * rule of three bounds it: no completion in T means, with 95 % confidence,
 * a rate below 3 / T. So a stalled consumer is noticed without a threshold.
 *
 * Pure: takes the time. Source: V. Kalavri et al., "Three steps is all you need" (DS2), OSDI 2018;
 * J. Hanley, A. Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249, 1983.
 *
 * Floor 1: imports nothing outside `measure`.
 */
import type { DurationTotals } from './histogram.ts'
import { WindowedHistogram } from './windowed-histogram.ts'

/** Below this many samples nothing is predicted. */
export const MIN_SAMPLES = 20
/** The mean forgets over about as many samples as this. */
const MEAN_OVER_SAMPLES = 64
/** Of a budget, at most this share is set aside for the service itself: a bimodal consumer must not idle. */
const LARGEST_MARGIN = 0.75

/** Learns from measured service times. */
export class ServiceEstimate {
  readonly #recent = new WindowedHistogram()
  #samples = 0
  #meanMs = 0
  #p99Ms = 0
  #quietSinceMs = Number.POSITIVE_INFINITY
  #askedMs = Number.NEGATIVE_INFINITY

  /** How many service times were measured so far. */
  get samples(): number {
    return this.#samples
  }

  /** The recent mean service time in milliseconds. */
  get meanMs(): number {
    return this.#meanMs
  }

  /** Adds one measured service time; `false` for what is none. */
  record(serviceMs: number, nowMs: number): boolean {
    if (!this.#recent.record(serviceMs, nowMs)) return false
    this.#samples++
    const weight = 1 / Math.min(this.#samples, MEAN_OVER_SAMPLES)
    this.#meanMs += weight * (serviceMs - this.#meanMs)
    return true
  }

  /** Work has completed, or has begun after nothing was in flight, or there is none. Needs no time: see `quietMs`. */
  stirred(): void {
    this.#quietSinceMs = Number.POSITIVE_INFINITY
  }

  /**
   * For how long workers that have work have completed nothing, in milliseconds, counted from the first time it was
   * asked since. So the clock need not be read at each completion; under load it is asked at each arrival. A clock that
   * is set back counts as no time passed.
   */
  quietMs(nowMs: number): number {
    if (nowMs < this.#askedMs) this.#quietSinceMs -= this.#askedMs - nowMs
    this.#askedMs = nowMs
    if (this.#quietSinceMs > nowMs) this.#quietSinceMs = nowMs
    return nowMs - this.#quietSinceMs
  }

  /** The 99th percentile of the service times of the last ten seconds, in milliseconds; the last known one if they are few. */
  p99Ms(nowMs: number): number {
    if (this.#recent.count(nowMs) >= MIN_SAMPLES || this.#p99Ms === 0) {
      this.#p99Ms = this.#recent.quantile(nowMs)
    }
    return this.#p99Ms
  }

  /** A quantile of the recent service times, computed now. */
  quantileMs(q: number, nowMs: number): number {
    return this.#recent.exactQuantile(q, nowMs)
  }

  /** All measured service times since the beginning, by ascending bounds. */
  totals(boundsMs: readonly number[]): DurationTotals {
    return this.#recent.totals(boundsMs)
  }

  /**
   * The time in milliseconds between two completions of `workers` busy workers, from the mean of the last ten seconds:
   * steadier than `ratePerMs`, and slower to follow. 0 with fewer than 20 samples in that time.
   */
  paceMs(workers: number, nowMs: number): number {
    return this.#recent.count(nowMs) < MIN_SAMPLES ? 0 : this.#recent.mean(nowMs) / workers
  }

  /**
   * Completions per millisecond that `workers` busy workers reach.
   *
   * @returns `Infinity` below 20 samples: nothing is predicted then
   */
  ratePerMs(workers: number, nowMs: number): number {
    if (this.#samples < MIN_SAMPLES) return Number.POSITIVE_INFINITY
    const nominal = workers / this.#meanMs
    const quietMs = this.quietMs(nowMs)
    return quietMs > 0 ? Math.min(nominal, 3 / quietMs) : nominal
  }

  /** The time in milliseconds to set aside, of a budget, for the service itself. 0 below 20 samples. */
  marginMs(budgetMs: number, nowMs: number): number {
    if (this.#samples < MIN_SAMPLES) return 0
    return Math.min(this.p99Ms(nowMs), LARGEST_MARGIN * budgetMs)
  }
}
