/**
 * What a live run is, and when it counts.
 */
import type { LiveFacts } from '../record/result.ts'
import type { Costs } from './ceiling.ts'
import type { LoadFacts } from './messages.ts'

/** What the server does at once, unless told otherwise: half of the simulator's, so that one core is enough for the load. */
export const USUAL_SLOTS = 8

/** How long each piece of work takes in the mean. */
export const MEAN_MS = 20

/** What a client waits. */
export const PATIENCE_MS = 200

/** A run to be done. */
export interface LivePlan {
  readonly policy: string
  readonly times: number
  /** What the server does at once. */
  readonly slots: number
  /** What the server was found to do per second. */
  readonly capacityPerSecond: number
  /** Its standard error over itself. */
  readonly capacityError: number
  readonly costs: Costs | undefined
  readonly seed: number
  readonly warmUpMs: number
  readonly endMs: number
  readonly memoryBoundBytes: number
}

/** The bounds of a run that counts. */
export const GATES = { lagP99Ms: 5, offeredError: 0.01, capacityDrift: 0.05, generatorCpu: 0.85 } as const

/** Why a run doesn't count; empty when it does. */
export function faultsOf(load: LoadFacts): LiveFacts['faults'] {
  const faults: string[] = []
  if (load.lagP99Ms > GATES.lagP99Ms) {
    faults.push(`the generator lagged ${load.lagP99Ms.toFixed(1)} ms at p99, ${GATES.lagP99Ms} are allowed`)
  }
  const error = Math.abs(load.sent - load.planned) / load.planned
  if (error > GATES.offeredError)
    faults.push(`the offered load was off by ${(100 * error).toFixed(1)} %, 1 % is allowed`)
  if (load.cpuShare > GATES.generatorCpu) {
    faults.push(
      `the generator took ${(100 * load.cpuShare).toFixed(0)} % of its processor, ${100 * GATES.generatorCpu} % are allowed`,
    )
  }
  return faults
}

/** Why a run doesn't count that did more than its server can, by more than chance explains. `undefined` when it didn't. */
export function excessFault(goodputRatio: number, capacityError: number): string | undefined {
  if (goodputRatio <= 1 + GATES.capacityDrift + 3 * capacityError) return undefined
  return `${(100 * goodputRatio).toFixed(0)} % of what the server was found to do was answered: it was found wrongly`
}

/** Why none of the runs counts: the server did not do the same before and after. `undefined` when it did. */
export function driftFault(beforePerSecond: number, afterPerSecond: number): string | undefined {
  const drift = Math.abs(afterPerSecond - beforePerSecond) / beforePerSecond
  if (drift <= GATES.capacityDrift) return undefined
  return `the server did ${beforePerSecond.toFixed(0)} a second before the runs and ${afterPerSecond.toFixed(0)} after them, ${100 * GATES.capacityDrift} % of change is allowed`
}
