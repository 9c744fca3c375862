/**
 * A capacity in seconds of work, where a count would be right for one speed only.
 *
 * Floor 3: imports `options`.
 */
import { OptionError } from '../options/option-error.ts'
import { integerFrom, positive, resolveOptions } from '../options/rules.ts'

/** The bounds that `forSeconds` keeps, in items. Both must be stated. */
export interface CapacityBounds {
  /** The least capacity, also before anything was measured. An integer of at least 1. */
  readonly min: number
  /** The most, whatever was measured: what memory allows. An integer of at least `min`. */
  readonly max: number
}

/** A capacity that follows the measured rate. Immutable plain data. */
export interface CapacityInSeconds extends CapacityBounds {
  /** How many seconds of work the queue holds. */
  readonly seconds: number
}

/**
 * Describes a capacity of `seconds` of work at the rate that the workers are measured to reach.
 *
 * @param seconds - above 0: how long the last item of a full queue may wait
 * @throws OptionError when `seconds`, `min` or `max` is missing or out of its range
 *
 * @example
 * ```ts
 * const capacity = forSeconds(2, { min: 100, max: 50_000 })
 * ```
 */
export function forSeconds(seconds: number, bounds: CapacityBounds): CapacityInSeconds {
  const given = resolveOptions('forSeconds', { ...bounds, seconds }, RULES)
  if (given.max < given.min) {
    const problem = `option "max" must be at least "min" (${given.min}), got ${given.max}`
    throw new OptionError('forSeconds', 'max', problem)
  }
  return Object.freeze({ seconds: given.seconds, min: given.min, max: given.max })
}

const RULES = { seconds: positive, min: integerFrom(1), max: integerFrom(1) }

/** Whether `value` was made by `forSeconds`, or looks like it. */
export function isForSeconds(value: unknown): value is CapacityInSeconds {
  return typeof value === 'object' && value !== null && 'seconds' in value && 'min' in value && 'max' in value
}

/**
 * The capacity in items at a measured rate: its seconds of work, within its bounds.
 *
 * @param ratePerSecond - items per second that the workers reach; `undefined` or `NaN` before it was measured: `min`
 */
export function capacityAt(capacity: CapacityInSeconds, ratePerSecond: number | undefined): number {
  const { seconds, min, max } = capacity
  const items = Math.floor(seconds * (ratePerSecond ?? 0))
  return items > min ? Math.min(items, max) : min
}
