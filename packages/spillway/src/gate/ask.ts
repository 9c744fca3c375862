/**
 * The values of an ask, checked: a wrong ask is a mistake of the programmer
 * and must not become a permit.
 *
 * Floor 2: imports `options`.
 */
import { OptionError, show } from '../options/option-error.ts'
import { check, durationMs, numberFrom, oneOf, optional, type Rule, type Rules } from '../options/rules.ts'
import { CRITICALITIES, type Criticality, criticalityRank } from './criticality.ts'
import type { Ask } from './gate.ts'

/** What names a caller. */
export const aKey: Rule = { expects: 'a string', accepts: (value) => typeof value === 'string' }

const RULES: Rules<Ask> = {
  cost: optional(numberFrom(0)),
  key: optional(aKey),
  criticality: optional(oneOf(...CRITICALITIES)),
  finishWithinMs: optional(durationMs),
}

/**
 * Checks all of an ask, also what the gate at hand doesn't look at: every gate gives the same answer to a wrong one.
 * What is `null` counts as left out.
 *
 * @throws OptionError that names what is wrong
 */
export function checkAsk(owner: string, ask: Ask | undefined): void {
  if (ask === undefined) return
  if (typeof ask !== 'object' || ask === null) {
    throw new OptionError(owner, 'ask', `an ask must be an object, got ${show(ask)}`)
  }
  const { cost, key, criticality, finishWithinMs } = ask
  // Most asks say nothing: `npm run bench -- guards`.
  if ((cost ?? key ?? criticality ?? finishWithinMs ?? undefined) === undefined) return
  check(owner, 'cost', cost ?? undefined, RULES.cost)
  check(owner, 'key', key ?? undefined, RULES.key)
  check(owner, 'criticality', criticality ?? undefined, RULES.criticality)
  check(owner, 'finishWithinMs', finishWithinMs ?? undefined, RULES.finishWithinMs)
}

/**
 * The cost of an ask, 1 by default, once all of it was checked.
 *
 * @throws OptionError when the ask is wrong
 */
export function costOf(owner: string, ask: Ask | undefined): number {
  checkAsk(owner, ask)
  return ask?.cost ?? 1
}

/** The criticality of an ask that names none. */
export const DEFAULT_CRITICALITY: Criticality = 'critical'

/** The rank of a checked ask's criticality: 0 for the most important class, 3 for the least; `critical` by default. */
export function rankOf(ask: Ask | undefined): number {
  return criticalityRank(ask?.criticality ?? DEFAULT_CRITICALITY)
}
