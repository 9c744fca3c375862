/**
 * How long work takes here: what a prediction of "in time or not" stands on.
 *
 * Pure: takes the time. Floor 3: imports `measure`.
 */
import { WindowedHistogram } from '../measure/windowed-histogram.ts'

/** Below this many samples nothing is predicted. */
export const MIN_SAMPLES = 20
/** Of a budget, at most this share is set aside for the work itself: short budgets still get a try. */
const LARGEST_MARGIN = 0.75

/** The work's times of the last ten seconds. Every operation costs O(1), amortised. */
export class WorkTimes {
  readonly #recent = new WindowedHistogram()

  /** Adds the time of one finished piece of work. */
  record(workMs: number, nowMs: number): void {
    this.#recent.record(workMs, nowMs)
  }

  /** The mean time between two completions when `limit` pieces of work run side by side; 0 while unknown. */
  paceMs(limit: number, nowMs: number): number {
    return this.#recent.count(nowMs) < MIN_SAMPLES ? 0 : this.#recent.mean(nowMs) / limit
  }

  /**
   * The time in milliseconds to set aside, of a budget, for the work itself: its 99th percentile, at most three
   * quarters of the budget; 0 while unknown.
   */
  marginMs(budgetMs: number, nowMs: number): number {
    if (this.#recent.count(nowMs) < MIN_SAMPLES) return 0
    return Math.min(this.#recent.quantile(nowMs), LARGEST_MARGIN * budgetMs)
  }
}
