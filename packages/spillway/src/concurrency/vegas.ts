/**
 * Vegas: keeps a few pieces of work queued, no more and no fewer.
 *
 * By Little's law, of `limit` pieces that take `rtt` where one alone takes
 * `noLoad`, about `limit × (1 - noLoad / rtt)` queue. Below `alpha` the limit
 * rises, above `beta` it falls. Both grow with the logarithm of the limit.
 *
 * Source: L. Brakmo, L. Peterson, "TCP Vegas", IEEE JSAC 13(8), 1995; thresholds of Netflix's `VegasLimit`. What
 * differs: see README.md.
 * Floor 3: imports `options`.
 */
import { integerFrom, optional, resolveOptions } from '../options/rules.ts'
import { LearningLimit, type LimitRule } from './learning-limit.ts'
import { checkBounds, LEARNING_DEFAULTS, LEARNING_RULES, type LearningOptions } from './learning-options.ts'

/** Options of `vegas`. `smoothing` is 0.5 by default. */
export interface VegasOptions extends LearningOptions {
  /** Fewer queued pieces than this raise the limit. @defaultValue `3 × lg`, where `lg = max(1, floor(log10(limit)))` */
  readonly alpha?: number | undefined
  /** More queued pieces than this lower it. @defaultValue `6 × lg` */
  readonly beta?: number | undefined
}

/**
 * A limit that keeps from `alpha` to `beta` pieces of work queued behind it.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function vegas(given: VegasOptions = {}): LearningLimit {
  const rules = { ...LEARNING_RULES, alpha: optional(integerFrom(0)), beta: optional(integerFrom(1)) }
  const { alpha, beta, ...learning } = resolveOptions<VegasOptions, typeof DEFAULTS>(
    'vegas',
    given,
    rules,
    DEFAULTS,
  )
  checkBounds('vegas', learning)
  return new LearningLimit(vegasRule(alpha, beta), learning)
}

const DEFAULTS = { ...LEARNING_DEFAULTS, smoothing: 0.5 }

/** The rule itself, as pure functions; without thresholds they follow the limit. */
export function vegasRule(alpha?: number, beta?: number): LimitRule {
  return {
    next(limit, { leastMs, mostMs }, noLoadMs) {
      const lg = logOf(limit)
      const most = beta ?? 6 * lg
      const queuedAt = (rttMs: number): number => Math.ceil(limit * (1 - noLoadMs / rttMs))
      const queued = queuedAt(leastMs)
      // Half of the excess at once: one at a time takes minutes after a large step.
      if (queued > most) {
        return { limit: limit - Math.max(lg, Math.floor((queued - most) / 2)), reason: 'queueing' }
      }
      const queuedAtMost = queuedAt(mostMs)
      if (queuedAtMost <= lg) return { limit: limit + most, reason: 'room' }
      if (queuedAtMost < (alpha ?? 3 * lg)) return { limit: limit + lg, reason: 'room' }
      return { limit, reason: 'balanced' }
    },
    settle: (limit, rttMs, noLoadMs) => (limit * noLoadMs) / rttMs + (alpha ?? 3 * logOf(limit)),
  }
}

function logOf(limit: number): number {
  return Math.max(1, Math.floor(Math.log10(limit)))
}
