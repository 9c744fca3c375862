/**
 * How much of the drops each cause explains: what vanishes when one thing
 * after the other is put right.
 *
 * Floor 3: imports nothing outside `insight`.
 */
import type { Counterfactuals } from './counterfactuals.ts'
import type { CauseShares } from './diagnosis.ts'

/** The shares of a healthy queue. */
export const NO_SHARES: CauseShares = {
  'queue-too-small': 0,
  'consumer-too-slow': 0,
  'inbound-above-capacity': 0,
  stalled: 0,
}

/** What else the shares depend on. */
export interface ShareFacts {
  /** The share of the drops that the replay reproduces. */
  readonly explained: number
  /** Items that would have been finished during the longest stall. */
  readonly missed: number
  /** Whether the queue was full: otherwise no longer queue would have held the drops. */
  readonly wasFull: boolean
  /** Whether nothing was ever finished, so that no usual speed is known. */
  readonly neverFinished: boolean
}

/** Splits the drops: first by usual speed, then by a long queue. What no replay explains, a queue would have held. */
export function sharesOf(replayed: Counterfactuals, facts: ShareFacts): CauseShares {
  const { drops, dropsAtUsualSpeed, dropsInLongQueue, lostWork } = replayed
  if (facts.neverFinished) return { ...NO_SHARES, stalled: 1 }
  const rest = facts.wasFull ? 'queue-too-small' : 'inbound-above-capacity'
  if (drops === 0) return { ...NO_SHARES, [rest]: 1 }
  const part = facts.explained / drops
  const bySlowness = part * (drops - dropsAtUsualSpeed)
  const standing = lostWork > 0 ? Math.min(1, facts.missed / lostWork) : 0
  const byInbound = facts.wasFull ? part * dropsInLongQueue : Math.max(0, 1 - bySlowness)
  return {
    'queue-too-small': Math.max(0, 1 - bySlowness - byInbound),
    'consumer-too-slow': bySlowness * (1 - standing),
    'inbound-above-capacity': byInbound,
    stalled: bySlowness * standing,
  }
}
