/**
 * The limit that never moves: a plain bulkhead.
 *
 * Floor 3: imports `options`.
 */
import { check, integerOrInfinityFrom } from '../options/rules.ts'
import type { ConcurrencyLimit } from './limit.ts'

/**
 * A limit of `limit`, whatever the samples say.
 *
 * @param limit - an integer of at least 1, or `Infinity`
 * @throws OptionError when it is anything else
 */
export function fixed(limit: number): ConcurrencyLimit {
  check('fixed', 'limit', limit, integerOrInfinityFrom(1))
  const decision = { limit, reason: 'fixed' } as const
  return { limit, isFixed: true, onSample: () => decision }
}
