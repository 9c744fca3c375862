/**
 * What the diagnosis must know of a queue beside its bins.
 *
 * Floor 3: imports `options`.
 */
import {
  durationMs,
  integerOrInfinityFrom,
  optional,
  type Rule,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'

/** The queue that is diagnosed. */
export interface DiagnoseOptions {
  /** How many items may be worked on at once. Above 0. For a limit that learns, its present value. */
  readonly workers: number
  /** The most items that may wait, as it is now; `Infinity` for no bound. */
  readonly capacity: number
  /** The longest wait that a larger queue may add, in milliseconds: the callers' patience. @defaultValue 2000 */
  readonly maxWaitMs?: number | undefined
  /** The largest capacity that memory allows, in items. @defaultValue `Infinity` */
  readonly maxCapacity?: number | undefined
  /** The most starts per second, where the queue has a start rate. @defaultValue `Infinity` */
  readonly startRatePerSecond?: number | undefined
  /** How long after the last drop the queue counts as healthy again, in milliseconds. @defaultValue 60,000 */
  readonly quietAfterMs?: number | undefined
}

/** The options with their defaults. */
export type QueueFacts = { readonly [K in keyof DiagnoseOptions]-?: number }

const aboveZero: Rule = {
  expects: 'a number above 0',
  accepts: (value) => typeof value === 'number' && value > 0,
}

const RULES: Rules<DiagnoseOptions> = {
  workers: aboveZero,
  capacity: { expects: 'a number of at least 0 (Infinity for no bound)', accepts: durationMs.accepts },
  maxWaitMs: optional(durationMs),
  maxCapacity: optional(integerOrInfinityFrom(1)),
  startRatePerSecond: optional(aboveZero),
  quietAfterMs: optional(durationMs),
}

const DEFAULTS = {
  maxWaitMs: 2000,
  maxCapacity: Number.POSITIVE_INFINITY,
  startRatePerSecond: Number.POSITIVE_INFINITY,
  quietAfterMs: 60_000,
}

/** Checks the options and fills in the defaults. */
export function queueFacts(options: DiagnoseOptions): QueueFacts {
  return resolveOptions('diagnose', options, RULES, DEFAULTS)
}
