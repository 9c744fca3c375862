/**
 * The time-bomb rule: a queue that holds more work than any client waits for
 * does no good while it is short, and much harm once it is full. Everything
 * in it is then late, and it stays full long after the cause is gone.
 *
 * Floor 3: imports `options`.
 */
import { durationMs, optional, type Rule, type Rules, resolveOptions } from '../options/rules.ts'
import { say, sayMs } from './wording.ts'

/** Where proxies give up by default (nginx `proxy_read_timeout`). */
export const PATIENCE_MS = 60_000

/** What the rule looks at. */
export interface TimeBombOptions {
  /** The most items that may wait; `Infinity` for no bound. */
  readonly capacity: number
  /** The rate per second that the workers are measured to reach. 0, or left out, while unknown: then no warning. */
  readonly ratePerSecond?: number | undefined
  /**
   * The longest that any client waits, in milliseconds.
   * @defaultValue 60,000: where proxies give up by default (nginx `proxy_read_timeout`)
   */
  readonly patienceMs?: number | undefined
}

const atLeastZero: Rule = {
  expects: 'a number of at least 0 (Infinity for no bound)',
  accepts: durationMs.accepts,
}

const RULES: Rules<TimeBombOptions> = {
  capacity: atLeastZero,
  ratePerSecond: optional(atLeastZero),
  patienceMs: optional(durationMs),
}

/**
 * Warns of a capacity that holds more seconds of work than any client waits.
 *
 * @returns the warning, one sentence with the remedy; `undefined` when all is well or no rate is known
 * @throws OptionError when an option is unknown, missing or out of its range
 */
export function timeBomb(options: TimeBombOptions): string | undefined {
  const given = resolveOptions('timeBomb', options, RULES, { patienceMs: PATIENCE_MS })
  const { capacity, ratePerSecond, patienceMs } = given
  if (!ratePerSecond) return undefined
  const heldMs = (1000 * capacity) / ratePerSecond
  if (heldMs <= patienceMs) return undefined
  const most = Math.max(1, Math.floor((patienceMs * ratePerSecond) / 1000))
  return (
    `Time bomb: a capacity of ${say(capacity)} holds ${sayMs(heldMs)} of work at ${say(ratePerSecond)}/s, ` +
    `and nobody waits longer than ${sayMs(patienceMs)}: once full it serves only what comes too late. ` +
    `Lower it to ${say(most)} or less, or state it in seconds with forSeconds.`
  )
}
