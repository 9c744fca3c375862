/**
 * The promises that hold for every gate, whether or not it lets callers wait.
 *
 * Floor: testing.
 */
import { OVERLOAD_CODES } from '../errors/overload-codes.ts'
import { isOverloadError } from '../errors/overload-error.ts'
import { type EntryListener, isCallbackGate } from '../gate/callback-gate.ts'
import type { Ask, Outcome } from '../gate/gate.ts'
import { run } from '../gate/run.ts'
import { OptionError } from '../options/option-error.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import {
  askUntilRefused,
  type CaseOf,
  type Entering,
  hold,
  holdEqual,
  type MakeFresh,
  refusalOf,
  relieve,
  saturate,
  startEntering,
} from './gate-conformance-probe.ts'
import type { GateUnderTest } from './gate-conformance-subject.ts'
import { promisesSettled } from './virtual-clock.ts'

const counted = (under: GateUnderTest): boolean => under.capacity !== undefined
const mayRefuse = (under: GateUnderTest): boolean => under.refuses !== false

/** The cases. */
export const cases: readonly CaseOf[] = [
  { name: 'starts nothing it refuses', needs: mayRefuse, prove: startsNothingItRefuses },
  { name: 'tells the scope of its code, and no time in the past', needs: mayRefuse, prove: tellsTheTruth },
  { name: 'admits at the time it named, if nothing else arrived', needs: mayRefuse, prove: keepsItsWord },
  { name: 'admits again once it is relieved', prove: admitsAgain },
  { name: 'admits at once as many as it says, and no more', needs: counted, prove: admitsItsCapacity },
  { name: 'changes nothing by refusing', needs: counted, prove: refusesForFree },
  { name: 'gives everything back on cancel', needs: counted, prove: givesBackOnCancel },
  { name: 'ends each permit once', needs: counted, prove: endsOnce },
  { name: 'ends with whatever outcome it is told', prove: endsWithNonsense },
  { name: 'leaves an aborted caller untouched, and is untouched by it', prove: abortedWins },
  { name: 'refuses a wrong ask with an OptionError, and keeps nothing of it', prove: refusesNonsense },
  { name: 'takes what is null as left out, and any text as a key', prove: takesNullAsNothing },
  { name: 'loses nothing to a clock that steps', prove: survivesSteps },
  { name: 'keeps no timer once it is idle', prove: keepsNoTimer },
  { name: 'runs the same with the same seed', prove: repeats },
]

async function startsNothingItRefuses(fresh: MakeFresh): Promise<void> {
  const { under } = fresh()
  saturate(under)
  let started = 0
  const work = (): void => {
    started++
  }
  const error: unknown = await run(under.gate, work, { timeoutMs: 0 }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  hold('a saturated gate refuses with an OverloadError', isOverloadError(error))
  holdEqual('refused work is not started', started, 0)
}

function tellsTheTruth(fresh: MakeFresh): void {
  const { under } = fresh()
  saturate(under)
  const { code, scope, retryAfterMs } = refusalOf(under)
  holdEqual('a refusal has the scope of its code', scope, OVERLOAD_CODES[code].scope)
  hold('retryAfterMs is undefined or at least 0', retryAfterMs === undefined || retryAfterMs >= 0)
}

function keepsItsWord(fresh: MakeFresh): void {
  const { around, under } = fresh()
  saturate(under)
  const { retryAfterMs } = refusalOf(under)
  if (retryAfterMs === undefined) return
  around.clock.advance(retryAfterMs)
  hold('an ask at retryAfterMs is admitted', under.gate.tryEnter().admitted)
}

function admitsAgain(fresh: MakeFresh): void {
  const { under } = fresh()
  relieve(under, saturate(under))
  hold('a relieved gate admits', under.gate.tryEnter().admitted)
}

function admitsItsCapacity(fresh: MakeFresh): void {
  const { under } = fresh()
  holdEqual('a fresh gate admits its capacity at once', askUntilRefused(under).length, under.capacity)
}

function refusesForFree(fresh: MakeFresh): void {
  const { under } = fresh()
  const permits = askUntilRefused(under)
  for (let i = 0; i < 100; i++) refusalOf(under)
  relieve(under, permits)
  holdEqual('refusals take nothing', askUntilRefused(under).length, under.capacity)
}

function givesBackOnCancel(fresh: MakeFresh): void {
  const { under } = fresh()
  for (let round = 0; round < 3; round++) {
    const permits = askUntilRefused(under)
    holdEqual('all that was cancelled can be had again', permits.length, under.capacity)
    for (const permit of permits) permit.cancel()
    if (under.taken) holdEqual('nothing is taken once everything was cancelled', under.taken(), 0)
  }
}

function endsOnce(fresh: MakeFresh): void {
  const { under } = fresh()
  const [ended, cancelled] = askUntilRefused(under)
  ended!.end()
  ended!.end('failure')
  ended!.cancel()
  const room = under.endMakesRoom === false ? 0 : 1
  holdEqual('a permit ended three times is ended once', askUntilRefused(under).length, room)
  cancelled?.cancel()
  cancelled?.cancel()
  cancelled?.end()
  if (cancelled) holdEqual('a permit cancelled twice makes room once', askUntilRefused(under).length, 1)
}

function endsWithNonsense(fresh: MakeFresh): void {
  const { under } = fresh()
  relieve(under, saturate(under))
  const answer = under.gate.tryEnter()
  hold('a relieved gate admits', answer.admitted)
  // Told by a program without types.
  if (answer.admitted) answer.end('splendid' as Outcome)
  if (!counted(under) || under.endMakesRoom === false) return
  holdEqual('an outcome that is none ends the permit', askUntilRefused(under).length, under.capacity)
}

async function abortedWins(fresh: MakeFresh): Promise<void> {
  const { under } = fresh()
  const reason = new Error('gone')
  const signal = AbortSignal.abort(reason)
  for (const ask of [{ signal }, { signal, cost: Number.NaN, timeoutMs: -1 }]) {
    const error: unknown = await under.gate.enter(ask).catch((e: unknown) => e)
    hold('a signal aborted before the call wins, and rejects with its reason', error === reason)
  }
  if (!counted(under)) return
  holdEqual('an aborted caller takes nothing', askUntilRefused(under).length, under.capacity)
}

async function refusesNonsense(fresh: MakeFresh): Promise<void> {
  const { around, under } = fresh()
  for (const ask of wrongAsks) {
    const what = `a wrong ask, ${shown(ask)}, is an OptionError`
    hold(
      what,
      isOptionError(() => under.gate.tryEnter(ask)),
    )
    if (isCallbackGate(under.gate)) {
      const { gate } = under
      hold(
        `${what}, by callback too`,
        isOptionError(() => gate.request(ask, SILENT)),
      )
    }
  }
  for (const wait of [...wrongAsks, ...wrongWaits]) {
    const { error } = await settledEntering(under, wait)
    hold(`a wrong wait, ${shown(wait)}, is an OptionError`, error instanceof OptionError)
  }
  holdEqual('a wrong ask leaves no timer', around.clock.pending, 0)
  if (!counted(under)) return
  holdEqual('a wrong ask takes nothing', askUntilRefused(under).length, under.capacity)
}

function takesNullAsNothing(fresh: MakeFresh): void {
  for (const ask of rightAsks) {
    const { under } = fresh()
    const answer = under.gate.tryEnter(ask)
    hold(`${shown(ask)} is admitted by a fresh gate`, answer.admitted)
    if (answer.admitted) answer.end()
  }
}

async function settledEntering(under: GateUnderTest, wait: Ask & WaitOptions): Promise<Entering> {
  const entering = startEntering(under, wait)
  await promisesSettled()
  return entering
}

function isOptionError(call: () => unknown): boolean {
  try {
    call()
    return false
  } catch (error) {
    return error instanceof OptionError
  }
}

/** What a program without types may ask. */
const wrongAsks = [
  ...[Number.NaN, -1, Number.POSITIVE_INFINITY, '1', {}].map((cost) => ({ cost })),
  ...[7, {}, Symbol('key')].map((key) => ({ key })),
  ...['urgent', '', 1, {}, Symbol('criticality')].map((criticality) => ({ criticality })),
  ...[Number.NaN, -1, '9', {}].map((finishWithinMs) => ({ finishWithinMs })),
  null,
  'ask',
  // All of it is wrong, on purpose.
] as readonly unknown[] as readonly (Ask & WaitOptions)[]

const wrongWaits = [
  ...[Number.NaN, -1, '9'].map((timeoutMs) => ({ timeoutMs })),
  ...[{}, 'signal'].map((signal) => ({ signal })),
] as readonly unknown[] as readonly (Ask & WaitOptions)[]

/** What is left out in whatever way, and what is large. */
const rightAsks = [
  {},
  { cost: null, key: null, criticality: null, finishWithinMs: null },
  { key: '' },
  { key: 'x'.repeat(1e6) },
  { finishWithinMs: Number.POSITIVE_INFINITY },
] as readonly unknown[] as readonly Ask[]

const SILENT: EntryListener = { onAdmitted() {}, onRefused() {}, onAborted() {} }

function shown(ask: unknown): string {
  if (typeof ask !== 'object' || ask === null) return String(ask)
  return Object.entries(ask)
    .map(([name, value]) => `${name} ${String(value).slice(0, 20)}`)
    .join(', ')
}

function survivesSteps(fresh: MakeFresh): void {
  for (const stepMs of [-1e6, 1e6]) {
    const { around, under } = fresh()
    around.clock.advance(1e6)
    const permits = saturate(under)
    around.clock.step(stepMs)
    relieve(under, permits)
    around.clock.advance(0)
    hold('a relieved gate admits, whatever the clock did', under.gate.tryEnter().admitted)
    if (!counted(under)) continue
    holdEqual('a step of the clock costs no place', askUntilRefused(under).length + 1, under.capacity)
  }
}

async function keepsNoTimer(fresh: MakeFresh): Promise<void> {
  const { around, under } = fresh()
  relieve(under, saturate(under))
  const answer = under.gate.tryEnter()
  if (answer.admitted) answer.end()
  await promisesSettled()
  holdEqual('no timer is left', around.clock.pending, 0)
}

async function repeats(fresh: MakeFresh): Promise<void> {
  holdEqual('the same seed makes the same run', await transcript(fresh), await transcript(fresh))
}

/** A run of random asks, ends, cancels and steps of time, as text. */
async function transcript(fresh: MakeFresh): Promise<string> {
  const { around, under } = fresh(7)
  const permits = [...saturate(under)]
  const lines: string[] = []
  for (let step = 0; step < 500; step++) {
    const draw = around.random()
    if (draw < 0.6) {
      const answer = under.gate.tryEnter()
      lines.push(answer.admitted ? 'yes' : `${answer.code} ${answer.retryAfterMs}`)
      if (answer.admitted) permits.push(answer)
    } else if (draw < 0.9) {
      const permit = permits.shift()
      if (draw < 0.8) permit?.end(draw < 0.7 ? 'success' : 'failure')
      else permit?.cancel()
    } else {
      around.clock.advance(around.random() * 50)
    }
  }
  await promisesSettled()
  return lines.join('\n')
}
