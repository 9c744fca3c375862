/**
 * What the cases of the conformance suite are written with.
 *
 * Floor: testing.
 */
import { isOverloadError } from '../errors/overload-error.ts'
import type { Ask, Permit, Refusal } from '../gate/gate.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import type { GateSurroundings, GateUnderTest } from './gate-conformance-subject.ts'
import { promisesSettled } from './virtual-clock.ts'

/** Makes a fresh gate for a case. */
export type MakeFresh = (seed?: number) => { around: GateSurroundings; under: GateUnderTest }

/** A case before it has the name of its gate. */
export interface CaseOf {
  readonly name: string
  /** Whether it applies to the gate. */
  needs?(under: GateUnderTest): boolean
  prove(fresh: MakeFresh): Promise<void> | void
}

/** A gate that admits this many in one instant is taken as one without a limit. */
const MOST_ASKED = 100_000

/** @throws Error with `promise`, when it does not hold */
export function hold(promise: string, holds: boolean): void {
  if (!holds) throw new Error(`broken promise: ${promise}`)
}

/** @throws Error when the numbers differ */
export function holdEqual(promise: string, actual: unknown, expected: unknown): void {
  if (Object.is(actual, expected)) return
  throw new Error(`broken promise: ${promise}; expected ${String(expected)}, got ${String(actual)}`)
}

/** Asks until refused, and returns the permits. */
export function askUntilRefused(under: GateUnderTest): Permit[] {
  const permits: Permit[] = []
  for (let i = 0; i < MOST_ASKED; i++) {
    const answer = under.gate.tryEnter()
    if (!answer.admitted) return permits
    permits.push(answer)
  }
  throw new Error(`broken promise: the gate is bounded; it admitted ${MOST_ASKED} asks in one instant`)
}

/** Brings the gate to refuse; one that never does is asked a few times. */
export function saturate(under: GateUnderTest): readonly Permit[] {
  if (under.saturate) return under.saturate()
  return under.refuses === false ? askSomeTimes(under) : askUntilRefused(under)
}

function askSomeTimes(under: GateUnderTest): Permit[] {
  return Array.from({ length: 20 }, () => {
    const answer = under.gate.tryEnter()
    if (answer.admitted) return answer
    throw new Error(`broken promise: the gate never refuses; it refused with ${answer.code}`)
  })
}

/** Brings it to admit again. */
export function relieve(under: GateUnderTest, permits: readonly Permit[]): void {
  if (under.relieve) under.relieve(permits)
  else for (const permit of permits) permit.cancel()
}

/** The refusal of a saturated gate. */
export function refusalOf(under: GateUnderTest): Refusal {
  const answer = under.gate.tryEnter()
  if (answer.admitted) throw new Error('broken promise: a saturated gate refuses; it admitted')
  return answer
}

/** How an `enter` went on: nothing yet, a permit, or an error. */
export interface Entering {
  permit?: Permit
  error?: unknown
  readonly settled: Promise<void>
}

/** Starts an `enter` and watches it. */
export function startEntering(under: GateUnderTest, ask?: Ask & WaitOptions): Entering {
  const watched: { permit?: Permit; error?: unknown } = {}
  const settled = under.gate.enter(ask).then(
    (permit) => {
      watched.permit = permit
    },
    (error: unknown) => {
      watched.error = error
    },
  )
  return Object.assign(watched, { settled })
}

/** Starts as many `enter`s as may wait, and lets them take their places. */
export async function fillWaiters(under: GateUnderTest, ask?: Ask & WaitOptions): Promise<Entering[]> {
  const waiters = Array.from({ length: under.maxWaiting ?? 0 }, () => startEntering(under, ask))
  await promisesSettled()
  return waiters
}

/** The code of a refusal that came as an error; `undefined` for anything else. */
export function codeOf(entering: Entering): string | undefined {
  return isOverloadError(entering.error) ? entering.error.code : undefined
}
