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
import { callbackCases } from './gate-conformance-callback.ts'
import { cases } from './gate-conformance-cases.ts'
import type { GateSubject, GateSurroundings } from './gate-conformance-subject.ts'
import { waitingCases } from './gate-conformance-waiting.ts'
import { seededRandom } from './seeded-random.ts'
import { VirtualClock } from './virtual-clock.ts'

/** One promise, to be run by a test runner: it rejects with an `Error` when the promise is broken. */
export interface ConformanceCase {
  /** The gate and the promise, as a sentence. */
  readonly name: string
  /** Tries the promise on a fresh gate. */
  run(): Promise<void>
}

/** The promises that hold for the gate, as cases: which they are depends on what the gate under test says of itself. */
export function gateConformance(subject: GateSubject): readonly ConformanceCase[] {
  const trial = subject.make(surroundings(1))
  const all = [...cases, ...callbackCases, ...((trial.maxWaiting ?? 0) > 0 ? waitingCases : [])]
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
