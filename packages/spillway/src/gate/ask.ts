/**
 * The values of an ask, checked: a wrong ask is a mistake of the programmer
 * and must not become a permit.
 *
 * Floor 2: imports `options`.
 */
import { OptionError, show } from '../options/option-error.ts'
import { CRITICALITIES, type Criticality, criticalityRank } from './criticality.ts'
import type { Ask } from './gate.ts'

/**
 * The cost of an ask, 1 by default.
 *
 * @throws OptionError when it is negative, infinite or not a number
 */
export function costOf(owner: string, ask: Ask | undefined): number {
  const cost = ask?.cost ?? 1
  if (typeof cost === 'number' && cost >= 0 && cost < Number.POSITIVE_INFINITY) return cost
  throw new OptionError(
    owner,
    'cost',
    `option "cost" must be a finite number of at least 0, got ${show(cost)}`,
  )
}

/** The criticality of an ask that names none. */
export const DEFAULT_CRITICALITY: Criticality = 'critical'

/**
 * The rank of an ask's criticality: 0 for the most important class, 3 for the least; `critical` by default.
 *
 * @throws OptionError when it isn't a criticality
 */
export function rankOf(owner: string, ask: Ask | undefined): number {
  const rank = criticalityRank(ask?.criticality ?? DEFAULT_CRITICALITY)
  if (rank >= 0) return rank
  const known = CRITICALITIES.map((criticality) => `"${criticality}"`).join(', ')
  const problem = `option "criticality" must be one of ${known}, got ${show(ask?.criticality)}`
  throw new OptionError(owner, 'criticality', problem)
}
