/**
 * How long to wait before trying again: exponential backoff with full jitter.
 *
 * Full jitter draws from the whole interval from 0 up, so that callers who
 * failed together do not come back together. A pure function of the attempt;
 * the source of randomness is an argument.
 *
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * Floor 3: imports `options`.
 */
import { aFunction, numberFrom, optional, positive, resolveOptions } from '../options/rules.ts'

/** Options of `fullJitterBackoff`. */
export interface BackoffOptions {
  /** The longest delay after the first attempt, in milliseconds. Finite, above 0. It doubles with each attempt. */
  readonly baseMs: number
  /** No delay is longer, in milliseconds. Finite, at least 0. */
  readonly maxMs: number
  /** Numbers from 0 up to, not including, 1. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
}

/** The delay in milliseconds after attempt number `attempt`, counted from 1, has failed. */
export type Backoff = (attempt: number) => number

/**
 * Makes a backoff whose delay after attempt `n` (1, 2, 3 …) is drawn evenly from 0, included, to
 * `min(maxMs, baseMs × 2^(n-1))`, not included. An attempt below 1, or not a number, counts as the first.
 *
 * @throws OptionError when an option is missing or out of its range
 */
export function fullJitterBackoff(given: BackoffOptions): Backoff {
  const { baseMs, maxMs, random } = resolveOptions(
    'fullJitterBackoff',
    given,
    { baseMs: positive, maxMs: numberFrom(0), random: optional(aFunction) },
    { random: Math.random },
  )
  return (attempt) => random() * Math.min(maxMs, baseMs * 2 ** ((attempt > 1 ? attempt : 1) - 1))
}
