/**
 * What the contract says of a restart, after a stop and after a kill.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { anEvent, openStream, put, type StoreHarness, type StorePromise, texts } from './store-promise.ts'

async function restart(harness: StoreHarness): Promise<void> {
  if (!harness.kill) throw new Error('this store keeps nothing')
  await harness.kill()
}

export const RESTART_PROMISES: readonly StorePromise[] = [
  {
    title: 'finds after a kill what was acknowledged, and counts it at once',
    needsRestart: true,
    async run(harness) {
      const stream = await openStream(harness)
      await put(stream, ...['a', 'bb', 'c', 'd'].map((text) => anEvent(harness, text)))
      await stream.settle([3], 'delivered')
      await stream.deadLetter(4, 'answered 400')
      await restart(harness)
      const again = await openStream(harness)
      const { recovered, backlog, deadLetters, accepted, delivered } = again.counts()
      deepEqual([recovered, accepted, delivered], [3, 0, 0])
      deepEqual(backlog, { items: 2, bytes: 3 })
      deepEqual(deadLetters, { items: 1, bytes: 1 })
      equal(again.counts().oldestReceivedAtMs, harness.nowMs)
      deepEqual(await texts(again), ['a', 'bb'])
      equal((await again.listDeadLetters({ after: 0, maxItems: 1 }))[0]?.reason, 'answered 400')
    },
  },
  {
    title: 'never gives a number twice',
    needsRestart: true,
    needsLastingNumbers: true,
    async run(harness) {
      const stream = await openStream(harness)
      await put(stream, anEvent(harness, 'a'), anEvent(harness, 'b'))
      await stream.settle([1, 2], 'delivered')
      await restart(harness)
      const again = await openStream(harness)
      await put(again, anEvent(harness, 'c'))
      equal((await again.read({ after: 0, maxItems: 1 }))[0]?.seq, 3)
    },
  },
  {
    title: 'remembers ids over a restart, also of events that were delivered',
    needsRestart: true,
    async run(harness) {
      const stream = await openStream(harness)
      const [a, b] = [anEvent(harness, 'a', { dedupe: true }), anEvent(harness, 'b', { dedupe: true })]
      await put(stream, a, b)
      await stream.settle([1], 'delivered')
      await restart(harness)
      const again = await openStream(harness)
      const result = await again.append([a, b])
      deepEqual(result.taken && [result.accepted, result.duplicates], [0, 2])
      const other = await again.append([{ ...a, payload: Buffer.from('other') }])
      equal(other.taken ? '' : other.reason, 'id-conflict')
      harness.nowMs += 10_001
      const late = await again.append([a])
      equal(late.taken && late.accepted, 1)
    },
  },
  {
    title: 'remembers attempts and due times over a kill',
    needsRestart: true,
    async run(harness) {
      const stream = await openStream(harness)
      await put(stream, anEvent(harness, 'a'), anEvent(harness, 'b'))
      await stream.defer([{ seq: 1, attempts: 4, dueAtMs: 777 }])
      await restart(harness)
      const again = await openStream(harness)
      deepEqual(again.deferred(), [{ seq: 1, attempts: 4, dueAtMs: 777 }])
      deepEqual(await texts(again), ['b'])
    },
  },
  {
    title: 'keeps replayed and purged dead letters so',
    needsRestart: true,
    async run(harness) {
      const stream = await openStream(harness)
      await put(stream, ...['a', 'b', 'c'].map((text) => anEvent(harness, text)))
      for (const seq of [1, 2, 3]) ok(await stream.deadLetter(seq, 'x'))
      await stream.replayDeadLetters([1])
      await stream.purgeDeadLetters([2])
      await restart(harness)
      const again = await openStream(harness)
      deepEqual(await texts(again), ['a'])
      const letters = await again.listDeadLetters({ after: 0, maxItems: 9 })
      deepEqual(
        letters.map((letter) => letter.seq),
        [3],
      )
      equal(again.counts().recovered, 2)
    },
  },
]
