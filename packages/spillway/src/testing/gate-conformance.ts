/**
 * What every gate promises, as cases that any test runner can execute: for
 * the gates of this library and for one's own.
 *
 * ```ts
 * for (const { name, run } of gateConformance({ name: 'my gate', make })) it(name, run)
 * ```
 *
 * Absent: an assertion library; a broken promise throws an `Error` that says which.
 * Floor: testing.
 */
import type { Gate, Permit } from '../gate/gate.ts'
import { cases } from './gate-conformance-cases.ts'
import { waitingCases } from './gate-conformance-waiting.ts'
import { seededRandom } from './seeded-random.ts'
import { VirtualClock } from './virtual-clock.ts'

/** What a gate is made with: time and chance that repeat. */
export interface GateSurroundings {
  readonly clock: VirtualClock
  readonly random: () => number
}

/** A fresh gate, and how to bring it to its limits. */
export interface GateUnderTest {
  readonly gate: Gate
  /** How many asks of cost 1 a fresh gate admits in one instant; leave it out when there is no such number. */
  readonly capacity?: number | undefined
  /** The most that may wait. 0, the default, for a gate that never lets anyone wait. */
  readonly maxWaiting?: number | undefined
  /** Whether `permit.end()` makes room, as in a limit of concurrency. `true` by default. */
  readonly endMakesRoom?: boolean | undefined
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

/** One promise, to be run by a test runner: it rejects with an `Error` when the promise is broken. */
export interface ConformanceCase {
  readonly name: string
  run(): Promise<void>
}

/** The promises that hold for the gate, as cases: which they are depends on what the gate under test says of itself. */
export function gateConformance(subject: GateSubject): readonly ConformanceCase[] {
  const trial = subject.make(surroundings(1))
  const all = (trial.maxWaiting ?? 0) > 0 ? [...cases, ...waitingCases] : cases
  return all
    .filter(({ needs }) => needs === undefined || needs(trial))
    .map(({ name, prove }) => ({
      name: `${subject.name}: ${name}`,
      run: async () => {
        await prove((seed = 1) => {
          const around = surroundings(seed)
          return { around, under: subject.make(around) }
        })
      },
    }))
}

function surroundings(seed: number): GateSurroundings {
  return { clock: new VirtualClock(), random: seededRandom(seed) }
}
