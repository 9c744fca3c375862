/**
 * What the conformance suite needs to know of a gate.
 *
 * Floor: testing.
 */
import type { Gate, Permit } from '../gate/gate.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What a gate is made with: time and chance that repeat. */
export interface GateSurroundings {
  /** Time that moves only when told to. */
  readonly clock: VirtualClock
  /** Numbers from 0 up to, not including, 1, the same in each run. */
  readonly random: () => number
}

/** A fresh gate, and how to bring it to its limits. */
export interface GateUnderTest {
  /** The gate itself. */
  readonly gate: Gate
  /** How many asks of cost 1 a fresh gate admits in one instant; leave it out when there is no such number. */
  readonly capacity?: number | undefined
  /** The most that may wait. 0, the default, for a gate that never lets anyone wait. */
  readonly maxWaiting?: number | undefined
  /** Whether `permit.end()` makes room, as in a limit of concurrency. `true` by default. */
  readonly endMakesRoom?: boolean | undefined
  /** Whether it ever refuses. `true` by default; `false` for a gate that only watches. */
  readonly refuses?: boolean | undefined
  /**
   * How much is taken now, of everything that the gate guards, by cost; 0 when it is fresh. With it the suite shows
   * that those who wait hold nothing.
   */
  taken?(): number
  /** Brings it to refuse the next ask of cost 1, and returns the permits it took. By default it asks until refused. */
  saturate?(): readonly Permit[]
  /** Brings a saturated gate to admit again. By default the permits are cancelled. */
  relieve?(permits: readonly Permit[]): void
}

/** What is to be tested. */
export interface GateSubject {
  /** Begins the name of each case. */
  readonly name: string
  /** Makes a fresh gate. Called several times; the same surroundings must make the same gate. */
  make(surroundings: GateSurroundings): GateUnderTest
}
