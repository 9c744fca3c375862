/**
 * The options that all limits that learn have in common.
 *
 * Floor 3: imports `options`.
 */
import {
  aBoolean,
  durationMs,
  integerFrom,
  numberFrom,
  optional,
  positive,
  type Rule,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'

/** Options of a limit that judges by time: `vegas`, `gradient`. */
export interface LearningOptions {
  /** The limit at the start. An integer from `min` to `max`. @defaultValue 20 */
  readonly initial?: number | undefined
  /** The limit is never lower. An integer of at least 1. @defaultValue 1 */
  readonly min?: number | undefined
  /** The limit is never higher. An integer of at least `min`. @defaultValue 1000 */
  readonly max?: number | undefined
  /** Of each step, so much is taken: above 0, at most 1. */
  readonly smoothing?: number | undefined
  /** Samples are gathered for so many milliseconds … @defaultValue 100 */
  readonly windowMs?: number | undefined
  /** … and until there are so many. @defaultValue 50 */
  readonly minSamples?: number | undefined
  /** Work that took as long, in milliseconds, counts as dropped however it ended. @defaultValue `Infinity` */
  readonly timeoutMs?: number | undefined
  /**
   * When no window has come near the known time without load for so many milliseconds, while the limit was in use,
   * it is measured anew. Each time that finds what was known doubles the time to the next, up to eight times.
   * `Infinity`: never. @defaultValue 10000
   */
  readonly probeAfterMs?: number | undefined
  /**
   * Doubles with each window until something queues for the first time; and after drops, until it is what it was
   * before them. @defaultValue `true`
   */
  readonly slowStart?: boolean | undefined
}

/** The same with every default filled in. */
export type ResolvedLearning = { readonly [K in keyof LearningOptions]-?: NonNullable<LearningOptions[K]> }

const aShare: Rule = {
  expects: 'a number above 0 and at most 1',
  accepts: (value) => positive.accepts(value) && numberFrom(0, 1).accepts(value),
}

/** What each common option accepts. */
export const LEARNING_RULES: Rules<LearningOptions> = {
  initial: optional(integerFrom(1)),
  min: optional(integerFrom(1)),
  max: optional(integerFrom(1)),
  smoothing: optional(aShare),
  windowMs: optional(numberFrom(0)),
  minSamples: optional(integerFrom(1)),
  timeoutMs: optional(durationMs),
  probeAfterMs: optional(durationMs),
  slowStart: optional(aBoolean),
}

/** The common defaults. */
export const LEARNING_DEFAULTS: Omit<ResolvedLearning, 'smoothing'> = {
  initial: 20,
  min: 1,
  max: 1000,
  windowMs: 100,
  minSamples: 50,
  timeoutMs: Number.POSITIVE_INFINITY,
  probeAfterMs: 10_000,
  slowStart: true,
}

/**
 * Checks that `min ≤ initial ≤ max`.
 *
 * @throws OptionError when they are out of order
 */
export function checkBounds(owner: string, bounds: { min: number; max: number; initial: number }): void {
  const { min, max } = bounds
  resolveOptions(
    owner,
    { max, initial: bounds.initial },
    { max: integerFrom(min), initial: integerFrom(min, max) },
  )
}
