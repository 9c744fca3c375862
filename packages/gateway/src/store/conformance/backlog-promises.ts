/**
 * What the contract says of reading, settling, waiting and setting aside.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { anEvent, openStream, put, type StorePromise, seqOf, texts, WIDE } from './store-promise.ts'

export const BACKLOG_PROMISES: readonly StorePromise[] = [
  {
    title: 'reads on from a cursor, as many items and bytes as asked, and at least one event',
    async run(harness) {
      const stream = await openStream(harness)
      await put(stream, ...['aaaa', 'b', 'c', 'd'].map((text) => anEvent(harness, text)))
      const first = await stream.read({ after: 0, maxItems: 2 })
      equal(first.length, 2)
      equal((await stream.read({ after: first[1]?.seq ?? 0, maxItems: 9, maxBytes: 2 })).length, 2)
      equal((await stream.read({ after: 0, maxItems: 9, maxBytes: 1 })).length, 1)
      equal((await stream.read({ after: 0, maxItems: 9, maxBytes: 5 })).length, 2)
      deepEqual(await stream.read({ after: 4, maxItems: 9 }), [])
    },
  },
  {
    title: 'settles what it is told, once, and passes over what it does not know',
    async run(harness) {
      const stream = await openStream(harness)
      await put(stream, ...['a', 'b', 'c', 'd', 'e'].map((text) => anEvent(harness, text)))
      equal(await stream.settle([2, 2, 77], 'delivered'), 1)
      equal(await stream.settle([2], 'failed'), 0)
      await stream.settle([3], 'failed')
      await stream.settle([4], 'evicted')
      await stream.settle([5], 'purged')
      deepEqual(await texts(stream), ['a'])
      const { accepted, delivered, failed, evicted, purged, backlog } = stream.counts()
      deepEqual([accepted, delivered, failed, evicted, purged], [5, 1, 1, 1, 1])
      deepEqual(backlog, { items: 1, bytes: 1 })
      equal(await stream.get(2), undefined)
      equal((await stream.get(1))?.id, 'id-a')
    },
  },
  {
    title: 'calls back when there is something to read, until told not to',
    async run(harness) {
      const stream = await openStream(harness)
      let calls = 0
      const cancel = stream.onReadable(() => calls++)
      await put(stream, anEvent(harness, 'a'))
      await new Promise(setImmediate)
      equal(calls, 1)
      cancel()
      await put(stream, anEvent(harness, 'b'))
      await new Promise(setImmediate)
      equal(calls, 1)
    },
  },
  {
    title: 'leaves events that wait for a retry out of reading, and keeps their attempts',
    async run(harness) {
      const stream = await openStream(harness)
      await put(stream, ...['a', 'b', 'c'].map((text) => anEvent(harness, text)))
      await stream.defer([
        { seq: 1, attempts: 2, dueAtMs: 500 },
        { seq: 2, attempts: 1, dueAtMs: 100 },
        { seq: 99, attempts: 1, dueAtMs: 1 },
      ])
      deepEqual(await texts(stream), ['c'])
      deepEqual(
        stream.deferred().map((deferral) => deferral.seq),
        [2, 1],
      )
      const event = await stream.get(1)
      deepEqual([event?.attempts, event?.dueAtMs], [2, 500])
      deepEqual([stream.counts().backlog.items, stream.counts().deferred], [3, 2])
      await stream.settle([1], 'delivered')
      equal(stream.counts().deferred, 1)
    },
  },
  {
    title: 'sets events aside within a bound of their own, with reason and attempts',
    async run(harness) {
      const stream = await openStream(harness, { deadLetters: { items: 2, bytes: 100 } })
      await put(stream, ...['a', 'b', 'c'].map((text) => anEvent(harness, text)))
      await stream.defer([{ seq: 2, attempts: 5, dueAtMs: 1 }])
      ok(await stream.deadLetter(1, 'too old', 3))
      ok(await stream.deadLetter(2, 'answered 400'))
      equal(await stream.deadLetter(1, 'again'), false)
      equal(await stream.deadLetter(3, 'one too many'), false)
      deepEqual(await texts(stream), ['c'])
      const letters = await stream.listDeadLetters({ after: 0, maxItems: 9 })
      deepEqual(
        letters.map(({ seq, reason, attempts, deadAtMs, id }) => ({ seq, reason, attempts, deadAtMs, id })),
        [
          { seq: 1, reason: 'too old', attempts: 3, deadAtMs: harness.nowMs, id: 'id-a' },
          { seq: 2, reason: 'answered 400', attempts: 5, deadAtMs: harness.nowMs, id: 'id-b' },
        ],
      )
      equal((await stream.listDeadLetters({ after: 1, maxItems: 9 })).length, 1)
      equal((await stream.listDeadLetters({ after: 0, maxItems: 1 })).length, 1)
      deepEqual(stream.counts().deadLetters, { items: 2, bytes: 2 })
      equal(await stream.get(1), undefined)
    },
  },
  {
    title: 'bounds dead letters by bytes',
    async run(harness) {
      const stream = await openStream(harness, { deadLetters: { items: 9, bytes: 5 } })
      await put(stream, anEvent(harness, 'four'), anEvent(harness, 'ab'))
      ok(await stream.deadLetter(1, 'x'))
      equal(await stream.deadLetter(2, 'x'), false)
    },
  },
  {
    title: 'puts dead letters back at the end of the backlog, and counts no attempt',
    async run(harness) {
      const stream = await openStream(harness)
      await put(stream, anEvent(harness, 'a', { dedupe: true }), anEvent(harness, 'b'))
      await stream.defer([{ seq: 1, attempts: 3, dueAtMs: 1 }])
      await stream.deadLetter(1, 'x')
      const result = await stream.replayDeadLetters([1, 1, 44])
      equal(result.taken && result.accepted, 1)
      deepEqual(await texts(stream), ['b', 'a'])
      const again = await stream.get(await seqOf(stream, 'a'))
      deepEqual([again?.id, again?.attempts, again?.dueAtMs], ['id-a', 0, 0])
      deepEqual(stream.counts().deadLetters, { items: 0, bytes: 0 })
      equal(stream.counts().accepted, 2)
    },
  },
  {
    title: 'puts no dead letter back when the backlog has no room',
    async run(harness) {
      const stream = await openStream(harness, { backlog: { ...WIDE.backlog, items: 1 } })
      await put(stream, anEvent(harness, 'a'))
      await stream.deadLetter(1, 'x')
      await put(stream, anEvent(harness, 'b'))
      const result = await stream.replayDeadLetters([1])
      equal(result.taken ? '' : result.reason, 'items-full')
      equal(stream.counts().deadLetters.items, 1)
    },
  },
  {
    title: 'purges dead letters and counts them',
    async run(harness) {
      const stream = await openStream(harness)
      await put(stream, anEvent(harness, 'a'), anEvent(harness, 'b'))
      await stream.deadLetter(1, 'x')
      equal(await stream.purgeDeadLetters([1, 1, 2]), 1)
      deepEqual(await stream.listDeadLetters({ after: 0, maxItems: 9 }), [])
      const { purged, accepted, backlog } = stream.counts()
      deepEqual([accepted, purged, backlog.items], [2, 1, 1])
    },
  },
  {
    title: 'is healthy as long as it can keep its promises',
    async run(harness) {
      const store = await harness.open()
      await store.openStream('events', WIDE)
      deepEqual(store.health(), { healthy: true })
    },
  },
]
