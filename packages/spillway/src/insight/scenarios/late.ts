/**
 * Three families of overflow in a queue that is never full: who can't be in
 * time is refused on arrival. No longer queue would have held them.
 *
 * Floor 3, for tests only: left out of the build.
 */
import type { Draw } from './draw.ts'
import { burst, inbound, slow } from './overflows.ts'
import type { Scenario } from './scenario.ts'

/** So many times the places that a budget lets be taken. */
const ROOM = 20

/** More arrivals than can be worked on in time, for long. */
export function floodBeyondBudget(draw: Draw): Scenario {
  return withBudget('flood beyond the budget', inbound(draw))
}

/** The same, for a moment: a longer queue would only have made them late. */
export function burstBeyondBudget(draw: Draw): Scenario {
  return { ...withBudget('burst beyond the budget', burst(draw)), expected: 'inbound-above-capacity' }
}

/** Work that suddenly takes longer, and leaves too little of the budgets. */
export function slowBeyondBudget(draw: Draw): Scenario {
  return withBudget('slow, beyond the budget', slow(draw))
}

/** A budget worth the places of the scenario, and many more places. */
function withBudget(family: string, scenario: Scenario): Scenario {
  const { capacity, serviceMs, workers } = scenario
  return { ...scenario, family, budgetMs: (capacity * serviceMs) / workers, capacity: ROOM * capacity }
}
