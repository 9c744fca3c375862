/**
 * Quantiles of samples.
 */

/** The samples in order. */
export function sorted(samples: readonly number[]): Float64Array {
  return Float64Array.from(samples).sort()
}

/** A quantile of ordered samples; `null` without any. */
export function quantile(ordered: Float64Array, q: number): number | null {
  if (ordered.length === 0) return null
  return ordered[Math.min(ordered.length - 1, Math.floor(q * ordered.length))]!
}

/** The percentiles 0 to 100; empty without samples. */
export function percentiles(ordered: Float64Array): number[] {
  if (ordered.length === 0) return []
  return Array.from({ length: 101 }, (_, percent) => quantile(ordered, percent / 100)!)
}

/** The least-squares slope of `values`, per step. */
export function slope(values: readonly number[]): number {
  const n = values.length
  if (n < 2) return 0
  const meanX = (n - 1) / 2
  const meanY = values.reduce((sum, value) => sum + value, 0) / n
  let [above, below] = [0, 0]
  for (const [x, y] of values.entries()) {
    above += (x - meanX) * (y - meanY)
    below += (x - meanX) ** 2
  }
  return above / below
}
