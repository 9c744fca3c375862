/**
 * Gradient: lets work take a little longer than it takes alone, and not more.
 *
 * The gradient is `tolerance × noLoad / rtt`, at most 1 and at least one half.
 * Below 1 the limit shrinks with it; otherwise it grows by its square root.
 *
 * Source: Netflix's `Gradient2Limit` and Envoy's gradient controller. What differs: see README.md.
 * Floor 3: imports `options`.
 */
import { numberFrom, optional, resolveOptions } from '../options/rules.ts'
import { LearningLimit, type LimitRule } from './learning-limit.ts'
import { checkBounds, LEARNING_DEFAULTS, LEARNING_RULES, type LearningOptions } from './learning-options.ts'

/** Options of `gradient`. `smoothing` is 0.2 by default. */
export interface GradientOptions extends LearningOptions {
  /** How many times as long as without load work may take before the limit falls. At least 1. @defaultValue 1.5 */
  readonly tolerance?: number | undefined
}

/**
 * A limit that follows the ratio of the time without load to the time measured.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function gradient(given: GradientOptions = {}): LearningLimit {
  const rules = { ...LEARNING_RULES, tolerance: optional(numberFrom(1)) }
  const { tolerance, ...learning } = resolveOptions<GradientOptions, typeof DEFAULTS>(
    'gradient',
    given,
    rules,
    DEFAULTS,
  )
  checkBounds('gradient', learning)
  return new LearningLimit(gradientRule(tolerance), learning)
}

const DEFAULTS = { ...LEARNING_DEFAULTS, smoothing: 0.2, tolerance: 1.5 }

/** Of the lengthening that is allowed, so much is used before the limit stops rising: it must not hunt. */
const RISES_BELOW = 0.8

/** The rule itself, as pure functions. */
export function gradientRule(tolerance: number): LimitRule {
  const risesBelow = 1 + RISES_BELOW * (tolerance - 1)
  return {
    next(limit, { leastMs, mostMs }, noLoadMs) {
      const slope = Math.max(0.5, (tolerance * noLoadMs) / leastMs)
      // No headroom is added to a shrinking limit: with it, a slope of 0.95 still climbs to twenty times the headroom.
      if (slope < 1) return { limit: slope * limit, reason: 'queueing' }
      if (mostMs > risesBelow * noLoadMs) return { limit, reason: 'balanced' }
      return { limit: limit + Math.sqrt(limit), reason: 'room' }
    },
    settle: (limit, rttMs, noLoadMs) => (limit * tolerance * noLoadMs) / rttMs,
  }
}
