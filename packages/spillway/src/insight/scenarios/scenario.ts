/**
 * A queue with workers and the trouble it gets into, as plain data.
 *
 * Floor 3, for tests only: left out of the build.
 */
import type { Verdict } from '../diagnosis.ts'

/** Arrivals at a steady mean rate, until a moment. */
export interface ArrivalPhase {
  readonly untilMs: number
  readonly ratePerMs: number
}

/** Work that takes longer for a while: the factor grows from 1 over `rampMs`, then stays. */
export interface Slowdown {
  readonly fromMs: number
  readonly untilMs: number
  readonly rampMs: number
  readonly factor: number
}

/** A time in which no work gets on: a blocked event loop, a hanging dependency. */
export interface Stall {
  readonly fromMs: number
  readonly untilMs: number
}

/** One queue, its load and its trouble. */
export interface Scenario {
  readonly family: string
  /** What the diagnosis must say. */
  readonly expected: Verdict
  readonly workers: number
  /** Mean service time when all is well, in milliseconds. */
  readonly serviceMs: number
  /** Squared coefficient of variation of the service times: 1 exponential, above 1 hyperexponential. */
  readonly serviceScv: number
  readonly capacity: number
  /** Who would wait longer than this, as the work goes now, is refused on arrival. No bound where it is left out. */
  readonly budgetMs?: number
  readonly arrivals: readonly ArrivalPhase[]
  readonly slowdown?: Slowdown
  readonly stalls?: readonly Stall[]
}
