import { VirtualClock } from 'spillway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { MemoryStore } from '../store/memory/memory-store.ts'
import type { AppendResult, NewEvent, StreamStore } from '../store/store.ts'
import { type Batch, batchOf } from './batch.ts'
import { Places } from './places.ts'

const BACKLOG = { items: 16, bytes: 1000, maxAgeMs: Number.POSITIVE_INFINITY }

let clock: VirtualClock
let engine: MemoryStore
let store: StreamStore
let places: Places
let nextId: number

beforeEach(async () => {
  clock = new VirtualClock()
  nextId = 1
  engine = new MemoryStore({ wallNowMs: () => 0 })
  store = await engine.openStream('s', { backlog: BACKLOG, deadLetters: { items: 0, bytes: 0 } })
  places = new Places({ streamName: 's', store, clock, backlog: () => BACKLOG })
})

function batch(count: number, more: Partial<NewEvent> = {}): Batch {
  const event = { receivedAtMs: 0, tenant: '', contentType: 'text/plain', payload: Buffer.from('x'), ...more }
  return batchOf(Array.from({ length: count }, () => ({ ...event, id: more.id ?? String(nextId++) })))
}

/** The next answers of the store; then it is asked again. */
function answers(...results: AppendResult[]): void {
  const append = store.append.bind(store)
  store.append = async (events, within) => results.shift() ?? append(events, within)
}

describe('places', () => {
  it('are given to a batch as a whole, and what is left is known', async () => {
    expect(await places.take(batch(10))).toEqual({ accepted: 10, duplicates: 0, durability: 'memory' })
    expect([places.has(6, 6), places.has(7, 7), places.has(1, 991)]).toEqual([true, false, false])
  })

  it('are not given without room, and nothing is held against who asked', async () => {
    await places.take(batch(14, { tenant: 'a' }))
    await places.take(batch(1, { tenant: 'b' }))
    expect(await places.take(batch(9, { tenant: 'b' }))).toBeUndefined()
    expect([places.areForOthers('a'), places.areForOthers('b')]).toEqual([true, false])
    expect(places.has(1, 1)).toBe(true)
  })

  it('are not used up by duplicates', async () => {
    await places.take(batch(1, { id: 'same', dedupe: true }))
    for (let i = 0; i < 20; i++) {
      expect(await places.take(batch(1, { id: 'same', dedupe: true }))).toMatchObject({ duplicates: 1 })
    }
    expect(places.has(15, 15)).toBe(true)
  })

  it('are refused with a reason that is not room: of the batch, of the store, of a store that is closed', async () => {
    await places.take(batch(1, { id: 'same', dedupe: true }))
    const other = { id: 'same', dedupe: true, payload: Buffer.from('other') }
    await expect(places.take(batch(1, other))).rejects.toMatchObject({ reason: 'id-conflict', index: 0 })
    await expect(places.take(batch(17))).rejects.toMatchObject({ reason: 'too-large' })
    expect([places.failure(), places.trouble]).toEqual([undefined, undefined])
    await engine.close()
    await expect(places.take(batch(1))).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('are known to be none while the store can keep nothing, until it has kept something', async () => {
    answers({ taken: false, reason: 'no-space', detail: 'no space is left' })
    await expect(places.take(batch(1))).rejects.toMatchObject({ reason: 'no-space' })
    expect([places.failure()?.reason, places.trouble]).toEqual(['no-space', 'no space is left'])
    await places.take(batch(1))
    expect([places.failure(), places.trouble]).toEqual([undefined, undefined])
  })

  it('are asked of the store again once it has said that it is full', async () => {
    await places.take(batch(1))
    expect(places.has(15, 15)).toBe(true)
    answers({ taken: false, reason: 'age-full', detail: 'the oldest is too old' })
    expect(await places.take(batch(1))).toBeUndefined()
    const before = store.counts
    let asked = 0
    store.counts = () => {
      asked++
      return before.call(store)
    }
    expect([places.has(15, 15), asked]).toEqual([true, 1])
  })
})
