import { VirtualClock } from 'spillway/testing'
import { describe, expect, it } from 'vitest'
import type { StreamSettings } from '../config/stream-settings.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import type { NewEvent, StreamStore } from '../store/store.ts'
import { Intake } from './intake.ts'

let clock: VirtualClock
let store: StreamStore
let intake: Intake
let nextId: number

async function open(
  whenFull: 'block' | 'reject',
  items: number,
  streamClass: StreamSettings['class'] = 'best-effort',
): Promise<void> {
  clock = new VirtualClock()
  nextId = 1
  const backlog = { items, bytes: 1000, maxAgeMs: Number.POSITIVE_INFINITY }
  const deadLetters = { items: 0, bytes: 0 }
  store = await new MemoryStore({ wallNowMs: () => 0 }).openStream('s', { backlog, deadLetters })
  intake = new Intake({
    streamName: 's',
    settings: { class: streamClass, whenFull, enqueueTimeoutMs: 100, maxWaiting: 100 },
    store,
    clock,
    backlog: () => backlog,
    evictOldest: async () => 0,
  })
}

function events(count: number, more: Partial<NewEvent> = {}): readonly NewEvent[] {
  const event = { receivedAtMs: 0, tenant: '', contentType: 'text/plain', payload: Buffer.from('x') }
  return Array.from({ length: count }, () => ({ ...event, id: String(nextId++), ...more }))
}

/** So many of the oldest are delivered. */
async function leave(count: number): Promise<void> {
  const oldest = await store.read({ after: 0, maxItems: count })
  const seqs = oldest.map(({ seq }) => seq)
  intake.left(await store.settle(seqs, 'delivered'))
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('a batch that does not fit as a whole', () => {
  const taken = (count: number, more: Partial<NewEvent> = {}): Promise<unknown> =>
    intake
      .take(events(count, more), undefined)
      .catch((error: unknown) => Reflect.get(error as object, 'code'))

  it('is taken in part by a stream that is not critical, its first events, and that is told', async () => {
    await open('reject', 3)
    await taken(1)
    expect(await taken(3)).toEqual({ accepted: 2, duplicates: 0, refused: 1, durability: 'memory' })
    expect((await store.read({ after: 0, maxItems: 9 })).map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(intake.refusedEvents).toBe(1)
  })

  it('is refused when there is no place at all, and leaves no trace', async () => {
    await open('reject', 3)
    await taken(3)
    expect(await taken(2)).toBe('ERR_QUEUE_FULL')
    expect([store.counts().backlog.items, intake.refusedEvents]).toEqual([3, 0])
  })

  it('is taken as far as bytes allow', async () => {
    await open('reject', 3)
    await taken(1, { payload: Buffer.alloc(200) })
    const parts = [600, 300].map((bytes) => events(1, { payload: Buffer.alloc(bytes) })[0]!)
    expect(await intake.take(parts, undefined)).toMatchObject({ accepted: 1, refused: 1 })
  })

  it('may be sent again as it is: what was taken is not taken twice', async () => {
    await open('reject', 3)
    await taken(2)
    const batch = events(3, { dedupe: true })
    expect(await intake.take(batch, undefined)).toMatchObject({ accepted: 1, duplicates: 0, refused: 2 })
    await leave(1)
    expect(await intake.take(batch, undefined)).toMatchObject({ accepted: 1, duplicates: 1, refused: 1 })
  })

  it('waits for all its places first, where the stream lets it wait', async () => {
    await open('block', 3)
    await taken(2)
    const waiting = taken(2)
    const behind = taken(3)
    await settle()
    clock.advance(100)
    expect(await waiting).toEqual({ accepted: 1, duplicates: 0, refused: 1, durability: 'memory' })
    expect(await behind).toBe('ERR_WAIT_TIMEOUT')
  })

  it('is taken whole or not at all by a critical stream', async () => {
    await open('block', 3, 'critical')
    await taken(2)
    const waiting = taken(2)
    await settle()
    clock.advance(100)
    expect([await waiting, store.counts().backlog.items]).toEqual(['ERR_WAIT_TIMEOUT', 2])
  })

  it('leaves alone what is kept for others, also when it waited in vain', async () => {
    await open('block', 16)
    await taken(1, { tenant: 'b' })
    await taken(14, { tenant: 'a' })
    const inVain = taken(4, { tenant: 'a' })
    await settle()
    clock.advance(100)
    expect(await inVain).toBe('ERR_WAIT_TIMEOUT')
    expect(await taken(1, { tenant: 'b' })).toMatchObject({ accepted: 1 })
  })

  it('gets what is kept for it, also behind others in line who may not have that', async () => {
    await open('block', 16)
    await taken(1, { tenant: 'b' })
    await taken(14, { tenant: 'a' })
    const feed = intake.takePatiently(events(1, { tenant: 'a' }), undefined)
    await settle()
    const inVain = taken(4, { tenant: 'b' })
    await settle()
    clock.advance(100)
    expect(await inVain).toMatchObject({ accepted: 1, refused: 3 })
    await leave(3)
    expect(await feed).toMatchObject({ accepted: 1 })
  })
})
