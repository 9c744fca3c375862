/**
 * Options of a `ConcurrencyLimiter`.
 *
 * Floor 3: imports `clock`, `gate`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import type { TurnPolicy } from '../gate/turn.ts'
import {
  aClock,
  aFunction,
  anObjectWith,
  durationMs,
  integerOrInfinityFrom,
  oneOf,
  optional,
  positive,
  type Rule,
  type Rules,
} from '../options/rules.ts'
import type { ConcurrencyLimit, LimitDecision } from './limit.ts'

/** Options of a `ConcurrencyLimiter`. Only the limit has no default. */
export interface ConcurrencyLimiterOptions {
  /** A number, or a limit that learns: `aimd()`, `vegas()`, `gradient()`. It belongs to this limiter alone. */
  readonly limit: number | ConcurrencyLimit
  /** The most that may wait. 0: nobody waits; `Infinity`: no bound. @defaultValue 1024 */
  readonly maxWaiting?: number | undefined
  /**
   * Who goes first. `fifo`: who has waited longest. `adaptive-lifo`: the same in a burst, but the newest while the
   * queue stands; then, at `maxWaiting`, the one who has waited longest makes room.
   * @defaultValue `'adaptive-lifo'`: a queue that stands serves, in order, only callers who have given up
   */
  readonly order?: 'fifo' | 'adaptive-lifo' | undefined
  /** Nobody waits longer, in milliseconds, whatever the caller allows. @defaultValue 1000 */
  readonly maxWaitMs?: number | undefined
  /** A queue that has not been empty for longer than this, in milliseconds, stands. @defaultValue 100 */
  readonly standingAfterMs?: number | undefined
  /**
   * The longest wait in milliseconds of those who come while the queue stands; never less than four completions
   * take. @defaultValue 5 with `adaptive-lifo`, no such bound with `fifo`
   */
  readonly standingWaitMs?: number | undefined
  /**
   * A permit not ended after so many milliseconds is taken back, and counts as a failure: the guard against a
   * permit that is never ended. @defaultValue `Infinity`
   */
  readonly maxHoldMs?: number | undefined
  /** Judges by queueing time whose turn has come: `Codel`, or the shedder that listens. */
  readonly atTurn?: TurnPolicy | undefined
  /** Called after each change of the limit, with its reason. Must not throw. */
  readonly onLimit?: ((decision: LimitDecision) => void) | undefined
  /** Where time comes from. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

const anObjectThatLearns = anObjectWith('onSample')
const aNumber = integerOrInfinityFrom(1)
const aLimit: Rule = {
  expects: `${aNumber.expects}, or a limit such as vegas(), which has one`,
  accepts: (value) => aNumber.accepts(value) || isALearningLimit(value),
}

/** What each option accepts. */
export const RULES: Rules<ConcurrencyLimiterOptions> = {
  limit: aLimit,
  maxWaiting: optional(integerOrInfinityFrom(0)),
  order: optional(oneOf('fifo', 'adaptive-lifo')),
  maxWaitMs: optional(durationMs),
  standingAfterMs: optional(durationMs),
  standingWaitMs: optional(durationMs),
  maxHoldMs: optional(positiveOrInfinity()),
  atTurn: optional(anObjectWith('admits')),
  onLimit: optional(aFunction),
  clock: optional(aClock),
}

type DefaultedOption = 'maxWaiting' | 'order' | 'maxWaitMs' | 'standingAfterMs' | 'maxHoldMs'

/** The defaults. */
export const DEFAULTS: Readonly<Required<Pick<ConcurrencyLimiterOptions, DefaultedOption>>> = {
  maxWaiting: 1024,
  order: 'adaptive-lifo',
  maxWaitMs: 1000,
  standingAfterMs: 100,
  maxHoldMs: Number.POSITIVE_INFINITY,
}

/**
 * Whether anything needs to know the time: a limit that moves, whoever may wait, `atTurn` or `maxHoldMs`. A plain
 * bulkhead in which nobody waits reads no clock.
 */
export function needsTime(
  { maxWaiting, atTurn, maxHoldMs }: ConcurrencyLimiterOptions,
  { isFixed }: ConcurrencyLimit,
): boolean {
  return isFixed !== true || maxWaiting !== 0 || atTurn !== undefined || maxHoldMs !== DEFAULTS.maxHoldMs
}

function isALearningLimit(value: unknown): boolean {
  return anObjectThatLearns.accepts(value) && aNumber.accepts(Reflect.get(Object(value), 'limit'))
}

function positiveOrInfinity(): Rule {
  return {
    expects: `${positive.expects}, or Infinity`,
    accepts: (value) => value === Number.POSITIVE_INFINITY || positive.accepts(value),
  }
}
