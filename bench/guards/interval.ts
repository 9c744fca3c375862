/**
 * The mean of paired ratios with its 95 % interval, by Student's t.
 */

/** A mean, and where it lies with 95 % confidence. */
export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** The 97.5 % points of Student's t for 1 to 30 degrees of freedom; above, those of 30 are a little too wide. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

/**
 * The interval of the mean of `values`.
 *
 * @throws RangeError below two values
 */
export function intervalOf(values: readonly number[]): Interval {
  if (values.length < 2) throw new RangeError('an interval needs at least two values')
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  const half = (T[Math.min(values.length - 1, T.length) - 1] ?? 0) * Math.sqrt(variance / values.length)
  return { mean, low: mean - half, high: mean + half }
}

/** Each value divided by the one of the same round. */
export function ratios(values: readonly number[], beside: readonly number[]): number[] {
  return values.map((value, round) => value / (beside[round] ?? Number.NaN))
}
