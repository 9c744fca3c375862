/**
 * What a rate, a burst and a number of tokens may be.
 *
 * Floor 3: imports `options`.
 */
import { OptionError, show } from '../options/option-error.ts'
import { check, integerFrom, type Rule } from '../options/rules.ts'

/** A rate without a limit, as a finite number: arithmetic with it is never `NaN`. */
export const NO_LIMIT: number = Number.MAX_VALUE

/** The rate of a bare bucket: any number, below 0 counts as 0. */
export const aBucketRate: Rule = {
  expects: 'a number (0 or below: nothing flows in, Infinity: no limit)',
  accepts: (value) => typeof value === 'number' && !Number.isNaN(value),
}

/** The rate of a limiter. */
export const aRate: Rule = {
  expects: 'a number of at least 0 (Infinity for no limit)',
  accepts: (value) => typeof value === 'number' && value >= 0,
}

const anInterval: Rule = {
  expects: 'a number of milliseconds (0 or below: no limit)',
  accepts: (value) => typeof value === 'number' && !Number.isNaN(value),
}

/** A burst. */
export const aBurst: Rule = integerFrom(0)

/**
 * Checks a number of tokens.
 *
 * @throws OptionError when it is negative, infinite or not a number: it would lift the limit, or break it
 */
export function checkTokens(owner: string, n: number): void {
  if (typeof n === 'number' && n >= 0 && n < Number.POSITIVE_INFINITY) return
  throw new OptionError(owner, 'n', `"n" must be a finite number of tokens of at least 0, got ${show(n)}`)
}

/**
 * The rate at which something happens once in `intervalMs`: `rateEvery(100)` is 10 a second. 0 or below is `Infinity`.
 *
 * @throws OptionError when it is not a number: that must not lift a limit
 */
export function rateEvery(intervalMs: number): number {
  check('rateEvery', 'intervalMs', intervalMs, anInterval)
  return intervalMs > 0 ? 1 / (intervalMs / 1000) : Number.POSITIVE_INFINITY
}
