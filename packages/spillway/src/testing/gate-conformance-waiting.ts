/**
 * The promises of a gate that lets callers wait.
 *
 * Floor: testing.
 */

import {
  askUntilRefused,
  type CaseOf,
  codeOf,
  fillWaiters,
  hold,
  holdEqual,
  type MakeFresh,
  relieve,
  startEntering,
} from './gate-conformance-probe.ts'
import type { GateUnderTest } from './gate-conformance-subject.ts'
import { promisesSettled } from './virtual-clock.ts'

const counted = (under: GateUnderTest): boolean => under.capacity !== undefined
const endsMakeRoom = (under: GateUnderTest): boolean => counted(under) && under.endMakesRoom !== false
const tellsWhatIsTaken = (under: GateUnderTest): boolean => counted(under) && under.taken !== undefined

/** The cases. */
export const waitingCases: readonly CaseOf[] = [
  { name: 'is bounded in those who wait', prove: isBounded },
  { name: 'forgets cancelled waiters', needs: counted, prove: forgetsTheAborted },
  { name: 'forgets waiters whose time is up', needs: endsMakeRoom, prove: forgetsTheLate },
  { name: 'never waits while holding', needs: tellsWhatIsTaken, prove: waitersHoldNothing },
  { name: 'gives a place that comes free to who waits', needs: endsMakeRoom, prove: wakesWhoWaits },
  {
    name: 'hands over each place once, whatever happens in the same instant',
    needs: endsMakeRoom,
    prove: losesNothing,
  },
  { name: 'does not wait with timeoutMs 0', prove: doesNotWait },
]

async function isBounded(fresh: MakeFresh): Promise<void> {
  const { under } = fresh()
  askUntilRefused(under)
  const waiters = await fillWaiters(under)
  const early = waiters.filter((waiter) => waiter.permit !== undefined || waiter.error !== undefined)
  holdEqual('as many wait as may wait', early.length, 0)
  const oneMore = startEntering(under)
  await promisesSettled()
  const refused = [...waiters, oneMore].filter((entering) => codeOf(entering) === 'ERR_TOO_MANY_WAITING')
  holdEqual('one more than may wait is refused at once', refused.length, 1)
}

async function forgetsTheAborted(fresh: MakeFresh): Promise<void> {
  const { around, under } = fresh()
  const permits = askUntilRefused(under)
  const reason = new Error('gone')
  for (let round = 0; round < 3; round++) {
    const gone = new AbortController()
    const waiters = await fillWaiters(under, { signal: gone.signal })
    gone.abort(reason)
    await Promise.all(waiters.map((waiter) => waiter.settled))
    const wrong = waiters.filter((waiter) => waiter.error !== reason)
    holdEqual('an aborted waiter gets the reason of its signal, and its place is free again', wrong.length, 0)
  }
  relieve(under, permits)
  holdEqual('they left no timer', around.clock.pending, 0)
  holdEqual('aborted waiters took nothing', askUntilRefused(under).length, under.capacity)
}

async function forgetsTheLate(fresh: MakeFresh): Promise<void> {
  const { around, under } = fresh()
  const permits = askUntilRefused(under)
  const waiters = await fillWaiters(under, { timeoutMs: 50 })
  await around.clock.advanceAsync(50)
  const wrong = waiters.filter((waiter) => codeOf(waiter) !== 'ERR_WAIT_TIMEOUT')
  holdEqual('a waiter is refused with ERR_WAIT_TIMEOUT at its bound', wrong.length, 0)
  relieve(under, permits)
  holdEqual('they left no timer', around.clock.pending, 0)
  holdEqual('late waiters took nothing', askUntilRefused(under).length, under.capacity)
}

async function waitersHoldNothing(fresh: MakeFresh): Promise<void> {
  const { under } = fresh()
  const permits = askUntilRefused(under)
  const before = under.taken?.()
  const gone = new AbortController()
  const waiters = await fillWaiters(under, { signal: gone.signal })
  holdEqual('those who wait have taken nothing', under.taken?.(), before)
  gone.abort()
  await Promise.all(waiters.map((waiter) => waiter.settled))
  for (const permit of permits) permit.cancel()
  holdEqual('nothing is taken in the end', under.taken?.(), 0)
}

async function wakesWhoWaits(fresh: MakeFresh): Promise<void> {
  const { under } = fresh()
  const permits = askUntilRefused(under)
  const gone = new AbortController()
  const [waiter] = await fillWaiters(under, { signal: gone.signal })
  permits.pop()!.end()
  await promisesSettled()
  hold('a freed place goes to who waits', waiter!.permit !== undefined)
  gone.abort()
  waiter!.permit!.end()
  for (const permit of permits) permit.end()
  holdEqual('with all permits ended, all can be had', askUntilRefused(under).length, under.capacity)
}

/** The race between a place that comes free and a waiter that leaves, in both orders. */
async function losesNothing(fresh: MakeFresh): Promise<void> {
  for (const endsFirst of [true, false]) {
    const { around, under } = fresh()
    const permits = askUntilRefused(under)
    const gone = new AbortController()
    const late = startEntering(under, { timeoutMs: 50 })
    const aborted = startEntering(under, { signal: gone.signal })
    await promisesSettled()
    if (endsFirst) permits.pop()!.end()
    around.clock.advance(50)
    gone.abort()
    if (!endsFirst) permits.pop()!.end()
    await Promise.all([late.settled, aborted.settled])
    for (const entering of [late, aborted]) entering.permit?.end()
    for (const permit of permits) permit.end()
    holdEqual('a place handed over is not lost', askUntilRefused(under).length, under.capacity)
  }
}

async function doesNotWait(fresh: MakeFresh): Promise<void> {
  const { under } = fresh()
  askUntilRefused(under)
  const entering = startEntering(under, { timeoutMs: 0 })
  await promisesSettled()
  hold('an ask with timeoutMs 0 is refused at once', codeOf(entering) !== undefined)
}
