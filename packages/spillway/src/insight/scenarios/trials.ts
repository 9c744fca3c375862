/**
 * Trials of the diagnosis: scenarios of every family, played, diagnosed and
 * compared with the cause they were made with.
 *
 * Floor 3, for tests only: left out of the build. Imports `measure`.
 */
import type { BinSnapshot } from '../../measure/bin-snapshot.ts'
import { diagnose } from '../diagnose.ts'
import type { Diagnosis } from '../diagnosis.ts'
import { Draw } from './draw.ts'
import { burstHeld, busy, calm, recovered, stallHeld } from './health.ts'
import { burstBeyondBudget, floodBeyondBudget, slowBeyondBudget } from './late.ts'
import { burst, inbound, inboundAndSlower, slow, slowDrift, stall, steadyHigh } from './overflows.ts'
import type { Scenario } from './scenario.ts'
import { simulate } from './simulate.ts'

/** The families whose queue overflows. */
export const OVERFLOWS = [
  burst,
  slow,
  inbound,
  stall,
  steadyHigh,
  slowDrift,
  inboundAndSlower,
  floodBeyondBudget,
  burstBeyondBudget,
  slowBeyondBudget,
] as const
/** The families whose queue doesn't. */
export const HEALTH = [calm, busy, burstHeld, stallHeld, recovered] as const

/** A way to make scenarios of one kind. */
export type Family = (draw: Draw) => Scenario

/** One scenario, what was seen of it and what was said about it. */
export interface Trial {
  readonly scenario: Scenario
  readonly bins: BinSnapshot
  readonly diagnosis: Diagnosis
}

/** A seeded source of randomness, as `seededRandom` of `spillway/testing`. */
export type SeededRandom = (seed: number) => () => number

/**
 * Runs `count` trials of one family.
 *
 * Overflow families whose scenario happens to drop fewer than 20 items are drawn again: of so few there
 * is no cause to be told by construction.
 */
export function runTrials(
  family: Family,
  given: { count: number; seed: number; random: SeededRandom },
): Trial[] {
  const draw = new Draw(given.random(given.seed))
  const trials: Trial[] = []
  for (let number = 1; trials.length < given.count; number++) {
    const scenario = family(draw)
    const bins = simulate(scenario, {
      arrivals: given.random(given.seed * 1000 + 2 * number),
      service: given.random(given.seed * 1000 + 2 * number + 1),
    })
    if (scenario.expected !== 'healthy' && totalOf(bins.drops) < 5) continue
    trials.push({ scenario, bins, diagnosis: diagnoseScenario(scenario, bins) })
  }
  return trials
}

/** What the diagnosis says of a scenario's bins. */
export function diagnoseScenario(scenario: Scenario, bins: BinSnapshot): Diagnosis {
  return diagnose(bins, { workers: scenario.workers, capacity: scenario.capacity, maxWaitMs: 2000 })
}

function totalOf(column: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < column.length; i++) total += column[i]!
  return total
}
