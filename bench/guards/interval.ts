/**
 * The median of paired ratios with its 95 % interval, from the order of the
 * values alone: an outlier, as a busy machine makes them, weighs no more than
 * any other round.
 */
import { quantile } from '../harness/statistics.ts'

/** A median, and where it lies with at least 95 % confidence. */
export interface Interval {
  readonly median: number
  readonly low: number
  readonly high: number
}

/**
 * The interval of the median of `values`. Of 15 it reaches from the fourth to the twelfth; below six values there is
 * no such interval, and the smallest and the largest stand for it.
 *
 * @throws RangeError without values
 */
export function intervalOf(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b)
  const median = quantile(sorted, 0.5)
  const skipped = skippedAtEachEnd(sorted.length)
  return { median, low: sorted[skipped] ?? median, high: sorted.at(-1 - skipped) ?? median }
}

/** How many values lie outside at each end: as many as at most 2.5 % of fair coins would put there. */
function skippedAtEachEnd(count: number): number {
  let probability = 0.5 ** count
  let tail = probability
  let skipped = 0
  while (tail <= 0.025) {
    skipped++
    probability *= (count - skipped + 1) / skipped
    tail += probability
  }
  return Math.max(0, skipped - 1)
}

/** Each value divided by the one of the same round. */
export function ratios(values: readonly number[], beside: readonly number[]): number[] {
  return values.map((value, round) => value / (beside[round] ?? Number.NaN))
}
