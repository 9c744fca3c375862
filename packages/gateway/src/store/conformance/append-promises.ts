/**
 * What the contract says of taking events: whole batches, bounds, ids.
 */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import type { AppendResult, NewEvent } from '../store.ts'
import { anEvent, openStream, put, type StorePromise, texts, WIDE } from './store-promise.ts'

const FIELDS = ['id', 'receivedAtMs', 'tenant', 'contentType', 'key', 'traceparent', 'attributes'] as const

const reasonOf = (result: AppendResult): string => (result.taken ? 'taken' : result.reason)

export const APPEND_PROMISES: readonly StorePromise[] = [
  {
    title: 'takes a batch and says how durable it is',
    async run(harness) {
      const stream = await openStream(harness)
      const result = await stream.append([anEvent(harness, 'a'), anEvent(harness, 'b')])
      deepEqual(result, { taken: true, accepted: 2, duplicates: 0, durability: stream.durability })
      deepEqual(await texts(stream), ['a', 'b'])
      deepEqual(stream.counts().backlog, { items: 2, bytes: 2 })
    },
  },
  {
    title: 'gives every envelope back as it came, and every byte of the payload',
    async run(harness) {
      const stream = await openStream(harness)
      const payload = Uint8Array.from({ length: 256 }, (_, i) => i)
      const texts = { key: 'k\0é', traceparent: '00-1-2-01', tenant: '', attributes: 'type:ü€\n' }
      const full = anEvent(harness, 'ü€𝄞', { ...texts, payload })
      const bare = { ...anEvent(harness, ''), payload: new Uint8Array(0) }
      await put(stream, full, bare)
      const events = await stream.read({ after: 0, maxItems: 10 })
      for (const [i, given] of [full, bare].entries()) {
        for (const field of FIELDS) equal(events[i]?.[field], given[field])
        deepEqual([...(events[i]?.payload ?? [])], [...given.payload])
      }
    },
  },
  {
    title: 'keeps the order of appends made at the same time',
    async run(harness) {
      const stream = await openStream(harness)
      const names = Array.from({ length: 50 }, (_, i) => `e${i}`)
      await Promise.all(names.map((name) => put(stream, anEvent(harness, name))))
      deepEqual(await texts(stream), names)
    },
  },
  {
    title: 'takes an empty batch',
    async run(harness) {
      const stream = await openStream(harness)
      equal(reasonOf(await stream.append([])), 'taken')
    },
  },
  {
    title: 'refuses a batch that finds no place, whole, and says which bound it met',
    async run(harness) {
      const backlog = { items: 3, bytes: 10, maxAgeMs: 1_000 }
      const stream = await openStream(harness, { backlog })
      await put(stream, anEvent(harness, 'a'), anEvent(harness, 'b'))
      const three = ['c', 'd'].map((text) => anEvent(harness, text))
      equal(reasonOf(await stream.append(three)), 'items-full')
      equal(reasonOf(await stream.append([anEvent(harness, '123456789')])), 'bytes-full')
      deepEqual(await texts(stream), ['a', 'b'])
      harness.nowMs += 1_001
      equal(reasonOf(await stream.append([anEvent(harness, 'c')])), 'age-full')
      await stream.settle([1, 2], 'delivered')
      equal(reasonOf(await stream.append(three)), 'taken')
    },
  },
  {
    title: 'says that a batch can never fit when it alone is above a bound',
    async run(harness) {
      const backlog = { items: 2, bytes: 10, maxAgeMs: 1_000 }
      const stream = await openStream(harness, { backlog, maxCommittingBytes: 5 })
      const many = ['a', 'b', 'c'].map((text) => anEvent(harness, text))
      equal(reasonOf(await stream.append(many)), 'too-large')
      equal(reasonOf(await stream.append([anEvent(harness, '12345678901')])), 'too-large')
      equal(reasonOf(await stream.append([anEvent(harness, '123456')])), 'too-large')
    },
  },
  {
    title: 'counts what is being committed against the bounds',
    async run(harness) {
      const stream = await openStream(harness, { backlog: { items: 5, bytes: 1_000, maxAgeMs: 1_000 } })
      const asks = Array.from({ length: 9 }, (_, i) => stream.append([anEvent(harness, `e${i}`)]))
      const results = (await Promise.all(asks)).map(reasonOf)
      equal(results.filter((reason) => reason === 'taken').length, 5)
      equal(stream.counts().backlog.items, 5)
      equal(stream.counts().accepted, 5)
      deepEqual(stream.counts().committing, { items: 0, bytes: 0 })
    },
  },
  {
    title: 'takes more when the bound is raised, and keeps what is there when it is lowered',
    async run(harness) {
      const stream = await openStream(harness, { backlog: { ...WIDE.backlog, items: 1 } })
      await put(stream, anEvent(harness, 'a'))
      stream.setBacklog({ ...WIDE.backlog, items: 2 })
      await put(stream, anEvent(harness, 'b'))
      stream.setBacklog({ ...WIDE.backlog, items: 1 })
      equal(reasonOf(await stream.append([anEvent(harness, 'c')])), 'items-full')
      deepEqual(await texts(stream), ['a', 'b'])
    },
  },
  {
    title: 'knows a duplicate, within a tenant and a window',
    async run(harness) {
      const stream = await openStream(harness)
      const event = anEvent(harness, 'a', { dedupe: true })
      await put(stream, event)
      const again = await stream.append([event, anEvent(harness, 'b')])
      deepEqual(again, { taken: true, accepted: 1, duplicates: 1, durability: stream.durability })
      equal(reasonOf(await stream.append([{ ...event, tenant: 'another' }])), 'taken')
      equal(stream.counts().backlog.items, 3)
      await stream.settle([1, 2, 3], 'delivered')
      await put(stream, event)
      equal(stream.counts().backlog.items, 0)
      harness.nowMs += 10_001
      await put(stream, event)
      equal(stream.counts().backlog.items, 1)
      equal(stream.counts().duplicates, 2)
    },
  },
  {
    title: 'forgets the oldest ids beyond its number of keys',
    async run(harness) {
      const stream = await openStream(harness, { dedupe: { windowMs: 10_000, maxKeys: 2 } })
      const [a, b, c] = ['a', 'b', 'c'].map((text) => anEvent(harness, text, { dedupe: true }))
      if (!a || !b || !c) throw new Error('three events')
      await put(stream, a, b, c)
      await put(stream, c)
      await put(stream, a)
      equal(stream.counts().duplicates, 1)
      equal(stream.counts().backlog.items, 4)
    },
  },
  {
    title: 'answers a duplicate within one batch and one of an append still being committed',
    async run(harness) {
      const stream = await openStream(harness)
      const event = anEvent(harness, 'a', { dedupe: true })
      const results = await Promise.all([stream.append([event, event]), stream.append([event])])
      deepEqual(
        results.map((result) => result.taken && [result.accepted, result.duplicates]),
        [
          [1, 1],
          [0, 1],
        ],
      )
      deepEqual(await texts(stream), ['a'])
    },
  },
  {
    title: 'names the event whose id was used for another body, and takes nothing of its batch',
    async run(harness) {
      const stream = await openStream(harness)
      const event = anEvent(harness, 'a', { dedupe: true })
      await put(stream, event)
      const other = { ...event, payload: Buffer.from('other') }
      const result = await stream.append([anEvent(harness, 'b', { dedupe: true }), other])
      equal(reasonOf(result), 'id-conflict')
      equal(result.taken ? undefined : result.index, 1)
      deepEqual(await texts(stream), ['a'])
      await put(stream, anEvent(harness, 'b', { dedupe: true, contentType: 'application/json' }))
    },
  },
  {
    title: 'compares what an event was sent as, where that is more than the event',
    async run(harness) {
      const stream = await openStream(harness)
      const sent = (digest: bigint): NewEvent => {
        return anEvent(harness, 'a', { dedupe: true, sentAs: { digest: () => digest } })
      }
      await put(stream, sent(1n))
      const again = await stream.append([sent(1n)])
      equal(again.taken && again.duplicates, 1)
      equal(reasonOf(await stream.append([sent(2n)])), 'id-conflict')
    },
  },
  {
    title: 'leaves no trace of a refused event: its id is free',
    async run(harness) {
      const stream = await openStream(harness, { backlog: { ...WIDE.backlog, items: 1 } })
      await put(stream, anEvent(harness, 'a'))
      const event = anEvent(harness, 'b', { dedupe: true })
      equal(reasonOf(await stream.append([event])), 'items-full')
      await stream.settle([1], 'delivered')
      const result = await stream.append([event])
      equal(result.taken && result.accepted, 1)
    },
  },
  {
    title: 'keeps streams apart',
    async run(harness) {
      const store = await harness.open()
      const [one, two] = [await store.openStream('one', WIDE), await store.openStream('two', WIDE)]
      const event: NewEvent = anEvent(harness, 'a', { dedupe: true })
      await put(one, event)
      await put(two, event)
      await one.settle([1], 'delivered')
      deepEqual([await texts(one), await texts(two)], [[], ['a']])
      await rejects(store.openStream('one', WIDE), /open already/)
      await rejects(store.openStream('../x', WIDE), /stream name/)
    },
  },
  {
    title: 'takes nothing more when closed',
    async run(harness) {
      const store = await harness.open()
      const stream = await store.openStream('events', WIDE)
      await store.close()
      equal(reasonOf(await stream.append([anEvent(harness, 'a')])), 'closed')
    },
  },
  {
    title: 'commits what it took before it closes',
    async run(harness) {
      const store = await harness.open()
      const stream = await store.openStream('events', WIDE)
      const ask = stream.append([anEvent(harness, 'a')])
      await store.close()
      ok((await ask).taken)
    },
  },
  {
    title: 'refuses a text that is too long for an envelope with a RangeError',
    async run(harness) {
      const stream = await openStream(harness)
      await rejects(stream.append([anEvent(harness, 'a', { id: 'x'.repeat(16_385) })]), RangeError)
      equal(stream.counts().committing.items, 0)
    },
  },
]
