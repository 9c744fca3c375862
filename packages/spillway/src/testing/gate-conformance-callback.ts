/**
 * The promises of a gate that answers by callback: the same answers, at once
 * where it knows them, and a place in the line that can be left.
 *
 * Floor: testing.
 */
import { type CallbackGate, isCallbackGate } from '../gate/callback-gate.ts'
import type { Ask, Permit } from '../gate/gate.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import { askUntilRefused, type CaseOf, hold, holdEqual, type MakeFresh } from './gate-conformance-probe.ts'
import type { GateUnderTest } from './gate-conformance-subject.ts'
import { promisesSettled } from './virtual-clock.ts'

const callsBack = (under: GateUnderTest): boolean =>
  under.capacity !== undefined && isCallbackGate(under.gate)

/** The cases. */
export const callbackCases: readonly CaseOf[] = [
  { name: 'answers by callback what it answers at once', needs: callsBack, prove: answersTheSame },
  {
    name: 'tells one who leaves its place in the line once, and keeps nothing of it',
    needs: (under) => callsBack(under) && (under.maxWaiting ?? 0) > 0,
    prove: forgetsWhoLeaves,
  },
]

/** What a listener was told, in order. */
interface Told {
  readonly answers: unknown[]
  readonly permits: Permit[]
  readonly place: { abandon(reason: unknown): void } | undefined
}

function request(gate: CallbackGate, ask: Ask & WaitOptions): Told {
  const answers: unknown[] = []
  const permits: Permit[] = []
  const place = gate.request(ask, {
    onAdmitted(permit) {
      answers.push('admitted')
      permits.push(permit)
    },
    onRefused: ({ code }) => void answers.push(code),
    onAborted: (reason) => void answers.push(reason),
  })
  return { answers, permits, place }
}

function gateOf(under: GateUnderTest): CallbackGate {
  if (isCallbackGate(under.gate)) return under.gate
  throw new Error('the gate has no request')
}

async function answersTheSame(fresh: MakeFresh): Promise<void> {
  const { under } = fresh()
  const gate = gateOf(under)
  const reason = new Error('gone')
  const aborted = request(gate, { signal: AbortSignal.abort(reason) })
  holdEqual('a signal aborted before the call is told at once', aborted.answers[0], reason)
  const asked = Array.from({ length: under.capacity ?? 0 }, () => request(gate, {}))
  hold(
    'who is admitted at once is told before request returns, and has no place in the line',
    asked.every(({ answers, place }) => answers[0] === 'admitted' && place === undefined),
  )
  const refused = request(gate, { timeoutMs: 0 })
  hold('who may not wait is refused before request returns', String(refused.answers[0]).startsWith('ERR_'))
  holdEqual('and has no place in the line', refused.place, undefined)
  for (const { permits } of asked) permits[0]!.cancel()
  await promisesSettled()
  hold(
    'everybody is told once',
    [aborted, refused, ...asked].every(({ answers }) => answers.length === 1),
  )
  holdEqual('all that was cancelled can be had again', askUntilRefused(under).length, under.capacity)
}

async function forgetsWhoLeaves(fresh: MakeFresh): Promise<void> {
  const { under } = fresh()
  const permits = askUntilRefused(under)
  const waiting = request(gateOf(under), {})
  await promisesSettled()
  holdEqual('who waits is told nothing yet', waiting.answers.length, 0)
  waiting.place?.abandon('left')
  waiting.place?.abandon('again')
  await promisesSettled()
  holdEqual('who leaves is told why, once', waiting.answers.join(), 'left')
  for (const permit of permits) permit.cancel()
  holdEqual('who left has taken nothing', askUntilRefused(under).length, under.capacity)
}
