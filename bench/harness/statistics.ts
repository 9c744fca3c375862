/**
 * The statistics of the report: medians, quartiles and ratios within a round.
 *
 * A ratio is taken between two figures of the same round, which were measured
 * close together in time, and only then summed up: a slow minute of the
 * machine slows both and leaves the ratio alone.
 */

/** A set of figures, summed up. */
export interface Summary {
  readonly median: number
  /** First quartile. */
  readonly low: number
  /** Third quartile. */
  readonly high: number
  readonly count: number
}

/** One figure for each round; `undefined` where the measurement failed. */
export type Rounds = readonly (number | undefined)[]

/**
 * The value below which a share of the figures lies, interpolated between neighbours.
 *
 * @param share - from 0 to 1
 * @throws RangeError when there is no figure
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const lower = sorted[Math.floor(place)]
  const upper = sorted[Math.ceil(place)]
  if (lower === undefined || upper === undefined) throw new RangeError('quantile: no figures')
  return lower + (upper - lower) * (place - Math.floor(place))
}

/** Median and quartiles of the rounds that have a figure; `undefined` when none has. */
export function summarise(rounds: Rounds): Summary | undefined {
  const values = rounds.filter((value) => value !== undefined)
  if (values.length === 0) return undefined
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    count: values.length,
  }
}

/** `numerator / denominator`, round by round, then summed up. Rounds that lack either are left out. */
export function ratio(numerator: Rounds, denominator: Rounds): Summary | undefined {
  return summarise(
    numerator.map((above, round) => {
      const below = denominator[round]
      return above === undefined || below === undefined || below === 0 ? undefined : above / below
    }),
  )
}
