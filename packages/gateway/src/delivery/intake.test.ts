import { VirtualClock } from 'spillway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import type { StreamSettings } from '../config/stream-settings.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import type { NewEvent, StreamStore } from '../store/store.ts'
import { BacklogReader } from './backlog-reader.ts'
import { Intake } from './intake.ts'

let clock: VirtualClock
let store: StreamStore
let intake: Intake
let nextId: number

const LIMITS = { items: 3, bytes: 1000, maxAgeMs: Number.POSITIVE_INFINITY }
let limits = LIMITS

async function open(whenFull: StreamSettings['whenFull'], maxWaiting = 2): Promise<void> {
  clock = new VirtualClock()
  nextId = 1
  store = await new MemoryStore({ wallNowMs: () => 0 }).openStream('s', {
    backlog: limits,
    deadLetters: { items: 0, bytes: 0 },
  })
  const reader = new BacklogReader(store, { items: 2, bytes: 1000 })
  intake = new Intake({
    streamName: 's',
    settings: {
      class: whenFull === 'block' ? 'critical' : 'best-effort',
      ...{ whenFull, enqueueTimeoutMs: 100, maxWaiting },
    },
    store,
    clock,
    backlog: () => limits,
    evictOldest: (items, bytes) => reader.evictOldest(items, bytes),
  })
}

function events(count: number, more: Partial<NewEvent> = {}): readonly NewEvent[] {
  return Array.from({ length: count }, () => ({
    id: String(nextId++),
    receivedAtMs: 0,
    tenant: '',
    contentType: 'text/plain',
    payload: Buffer.from('x'),
    ...more,
  }))
}

const take = (count: number, signal?: AbortSignal): Promise<unknown> =>
  intake.take(events(count), signal).then(
    () => 'taken',
    (error: unknown) =>
      error instanceof Error ? (Reflect.get(error, 'code') ?? Reflect.get(error, 'reason')) : error,
  )

/** So many of the oldest are delivered. */
async function leave(count: number): Promise<void> {
  const oldest = await store.read({ after: 0, maxItems: count })
  intake.left(
    await store.settle(
      oldest.map(({ seq }) => seq),
      'delivered',
    ),
  )
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('a stream that blocks', () => {
  beforeEach(() => open('block'))

  it('takes what there is room for, and lets a newcomer wait for the rest', async () => {
    expect(await take(3)).toBe('taken')
    const waiting = take(2)
    await settle()
    expect(intake.waiting).toBe(1)
    await leave(2)
    expect(await waiting).toBe('taken')
    expect(store.counts().backlog.items).toBe(3)
  })

  it('serves those who wait in the order they came, even when a later one would fit', async () => {
    await take(3)
    const order: string[] = []
    const large = take(2).then(() => order.push('large'))
    const small = take(1).then(() => order.push('small'))
    await settle()
    await leave(1)
    await settle()
    expect(order).toEqual([])
    await leave(2)
    await Promise.all([large, small])
    expect(order).toEqual(['large', 'small'])
  })

  it('refuses who waited as long as may be, and leaves no trace', async () => {
    await take(3)
    const waiting = take(1)
    await settle()
    clock.advance(100)
    expect(await waiting).toBe('ERR_WAIT_TIMEOUT')
    expect([intake.waiting, store.counts().accepted]).toEqual([0, 3])
  })

  it('gives a commit what is left of the time, and a moment to who got a place at the last one', async () => {
    await take(3)
    const given: (number | undefined)[] = []
    const append = store.append.bind(store)
    store.append = (events, within) => {
      given.push(within?.timeoutMs)
      return append(events, within)
    }
    for (const waitedMs of [30, 95]) {
      const waiting = take(1)
      await settle()
      clock.advance(waitedMs)
      await leave(1)
      expect(await waiting).toBe('taken')
    }
    // First each asks for a place as if it had all the time; one that waits asks again with what is left of it.
    expect(given).toEqual([undefined, 70, undefined, 50])
  })

  it('refuses at once above the most that may wait', async () => {
    await take(3)
    void take(1)
    void take(1)
    await settle()
    expect(await take(1)).toBe('ERR_TOO_MANY_WAITING')
    expect(intake.predict(1)?.code).toBe('ERR_TOO_MANY_WAITING')
  })

  it('lets go of who went away, and serves the next', async () => {
    await take(3)
    const gone = new AbortController()
    const first = take(3, gone.signal)
    const second = take(1)
    await settle()
    gone.abort('gone')
    expect(await first).toBe('gone')
    await leave(1)
    expect(await second).toBe('taken')
  })

  it('predicts the refusal of who would wait too long, from what left lately', async () => {
    await open('block', 1000)
    for (let i = 0; i < 100; i++) {
      clock.advance(50)
      intake.left(1)
    }
    await take(3)
    const waiting = Array.from({ length: 2 }, () => take(1))
    await settle()
    // 20 leave in a second: two who wait take 100 ms, the third is too late.
    expect(intake.predict(1)?.code).toBe('ERR_BUDGET_UNREACHABLE')
    await leave(2)
    await Promise.all(waiting)
  })

  it('after someone waited in vain, lets one in a second try while nothing leaves', async () => {
    await take(3)
    const waiting = take(1)
    await settle()
    clock.advance(100)
    await waiting
    expect(intake.predict(1)?.code).toBe('ERR_BUDGET_UNREACHABLE')
    clock.advance(1000)
    expect(intake.predict(1)).toBeUndefined()
  })

  it('refuses everyone once it is closed', async () => {
    await take(3)
    const waiting = take(1)
    await settle()
    intake.close()
    expect([await waiting, await take(1), intake.predict(0)?.code]).toEqual([
      'ERR_CLOSED',
      'ERR_CLOSED',
      'ERR_CLOSED',
    ])
  })
})

it('a stream that rejects refuses at once when it is full', async () => {
  await open('reject')
  await take(3)
  expect([await take(1), intake.predict(1)?.code]).toEqual(['ERR_QUEUE_FULL', 'ERR_QUEUE_FULL'])
})

it('a stream that drops its oldest makes room for a newcomer, item by item and byte by byte', async () => {
  await open('drop-oldest')
  await take(3)
  expect(await take(2)).toBe('taken')
  expect((await store.read({ after: 0, maxItems: 9 })).map(({ id }) => id)).toEqual(['3', '4', '5'])
  await intake.take(events(1, { payload: Buffer.alloc(999) }), undefined)
  expect((await store.read({ after: 0, maxItems: 9 })).map(({ id }) => id)).toEqual(['5', '6'])
  expect(store.counts()).toMatchObject({ accepted: 6, evicted: 4 })
})

it('says of a batch that can never fit, and of an id with two bodies, what is wrong', async () => {
  await open('block')
  expect(await take(4)).toBe('too-large')
  const same = { id: 'same', dedupe: true }
  await intake.take(events(1, same), undefined)
  expect(await intake.take(events(1, same), undefined)).toEqual({
    accepted: 0,
    duplicates: 1,
    durability: 'memory',
  })
  const other = { ...same, payload: Buffer.from('other') }
  await expect(intake.take(events(1, other), undefined)).rejects.toMatchObject({
    reason: 'id-conflict',
    index: 0,
  })
})

describe('a patient sender', () => {
  const takePatiently = (count: number, signal?: AbortSignal): Promise<unknown> =>
    intake.takePatiently(events(count), signal).then(
      () => 'taken',
      (error: unknown) => (error instanceof Error ? Reflect.get(error, 'code') : error),
    )

  it.each(['block', 'reject'] as const)('waits for its places as long as it takes (%s)', async (whenFull) => {
    await open(whenFull, 0)
    expect(await take(3)).toBe('taken')
    const waiting = takePatiently(2)
    await settle()
    clock.advance(10_000_000)
    expect([intake.waiting, store.counts().accepted]).toEqual([1, 3])
    await leave(1)
    await settle()
    expect(store.counts().accepted).toBe(3)
    await leave(1)
    expect(await waiting).toBe('taken')
    expect(store.counts().accepted).toBe(5)
  })

  it('pushes out the oldest where the stream does', async () => {
    await open('drop-oldest')
    expect([await takePatiently(3), await takePatiently(1)]).toEqual(['taken', 'taken'])
    expect(store.counts().evicted).toBe(1)
  })

  it('is in line with the others, and takes none of their places to wait in', async () => {
    await open('block', 1)
    expect(await take(3)).toBe('taken')
    const order: string[] = []
    const first = takePatiently(1).then(() => order.push('patient'))
    await settle()
    const second = take(1).then(() => order.push('other'))
    await settle()
    expect(await take(1)).toBe('ERR_TOO_MANY_WAITING')
    await leave(2)
    await Promise.all([first, second])
    expect(order).toEqual(['patient', 'other'])
  })

  it('leaves the line when it is told to, and when the stream closes', async () => {
    await open('block')
    expect(await take(3)).toBe('taken')
    const controller = new AbortController()
    const aborted = takePatiently(1, controller.signal)
    const closed = takePatiently(1)
    await settle()
    controller.abort('gone')
    expect(await aborted).toBe('gone')
    intake.close()
    expect(await closed).toBe('ERR_CLOSED')
    expect([intake.waiting, store.counts().accepted]).toEqual([0, 3])
  })
})

describe('a line of several tenants', () => {
  beforeEach(() => {
    limits = LIMITS
  })

  const takeAs = (tenant: string, count = 1): Promise<string> =>
    intake.take(events(count, { tenant }), undefined).then(
      () => `${tenant} taken`,
      (error: unknown) => `${tenant} ${String(Reflect.get(error as object, 'code'))}`,
    )

  it('is served in turns, however many of one came first', async () => {
    await open('block', 100)
    await take(3)
    const served: string[] = []
    for (const tenant of ['a', 'a', 'a', 'a', 'b', 'b']) void takeAs(tenant).then((end) => served.push(end))
    await settle()
    for (let i = 0; i < 4; i++) await leave(1)
    await settle()
    expect(served).toEqual(['a taken', 'b taken', 'a taken', 'b taken'])
  })

  it('has a place for a newcomer, however many of one tenant want one', async () => {
    await open('block', 8)
    await take(3)
    void takeAs('b')
    await settle()
    const ends = Array.from({ length: 20 }, () => takeAs('a'))
    await settle()
    expect(intake.waiting).toBe(5)
    expect([intake.predict(1, 'a')?.code, intake.predict(1, 'b')]).toEqual([
      'ERR_TOO_MANY_WAITING',
      undefined,
    ])
    expect(await ends[19]).toBe('a ERR_TOO_MANY_WAITING')
    void takeAs('c')
    await settle()
    expect(intake.waiting).toBe(6)
  })

  it('does not take it out on others that one tenant waits in vain, as long as something leaves', async () => {
    await open('block', 1000)
    await take(3)
    const waits = [takeAs('a'), takeAs('a')]
    await settle()
    clock.advance(50)
    await leave(1)
    clock.advance(50)
    expect(await Promise.all(waits)).toEqual(['a taken', 'a ERR_WAIT_TIMEOUT'])
    expect(intake.predict(1, 'b')).toBeUndefined()
    const stalled = takeAs('a')
    await settle()
    clock.advance(100)
    expect([await stalled, intake.predict(1, 'b')?.code]).toEqual([
      'a ERR_WAIT_TIMEOUT',
      'ERR_BUDGET_UNREACHABLE',
    ])
  })

  it('is none where nobody may wait; the last eighth of the room is kept there too', async () => {
    limits = { ...LIMITS, items: 16 }
    await open('reject')
    for (let i = 0; i < 14; i++) await takeAs('a')
    // Alone it may have everything.
    expect(await takeAs('a')).toBe('a taken')
    expect(intake.predict(1, 'b')).toBeUndefined()
    expect([intake.predict(1, 'a')?.code, await takeAs('a')]).toEqual(['ERR_QUEUE_FULL', 'a ERR_QUEUE_FULL'])
    expect(await takeAs('b')).toBe('b taken')
    await leave(3)
    expect(await takeAs('a')).toBe('a taken')
    clock.advance(2000)
    expect([await takeAs('a'), await takeAs('a')]).toEqual(['a taken', 'a taken'])
  })

  it('leaves the last eighth of the room to who took less: one that asks now and then finds a place at once', async () => {
    limits = { ...LIMITS, items: 16 }
    await open('block', 100)
    await takeAs('b')
    const greedy = Array.from({ length: 30 }, () => takeAs('a'))
    await settle()
    // It stops when less than an eighth is free: one place of the last two.
    expect([store.counts().backlog.items, intake.waiting]).toEqual([15, 16])
    expect(intake.predict(1, 'b')).toBeUndefined()
    expect(await takeAs('b')).toBe('b taken')
    expect([store.counts().backlog.items, intake.waiting]).toEqual([16, 16])
    // What is kept is kept free first; then the next in line has its turn.
    await leave(1)
    await settle()
    expect(intake.waiting).toBe(16)
    await leave(1)
    await settle()
    expect(intake.waiting).toBe(15)
    expect(await greedy[14]).toBe('a taken')
  })

  it('gives one tenant all the room again when the others have been gone for two seconds', async () => {
    limits = { ...LIMITS, items: 16 }
    await open('block', 100)
    await takeAs('b')
    for (let i = 0; i < 14; i++) await takeAs('a')
    clock.advance(2000)
    expect(await takeAs('a')).toBe('a taken')
  })

  it('gives who waits what was kept when the others have been gone for two seconds, though nothing leaves', async () => {
    limits = { ...LIMITS, items: 16 }
    await open('block', 100)
    await takeAs('b')
    for (let i = 0; i < 14; i++) await takeAs('a')
    const feed = intake.takePatiently(events(1, { tenant: 'a' }), undefined)
    await settle()
    expect(intake.waiting).toBe(1)
    clock.advance(3000)
    await settle()
    expect([intake.waiting, store.counts().backlog.items]).toEqual([0, 16])
    await feed
  })

  it('needs no place in it for what is kept, when those who wait are not to have that', async () => {
    limits = { ...LIMITS, items: 16 }
    await open('block', 1)
    await takeAs('b')
    for (let i = 0; i < 14; i++) await takeAs('a')
    void takeAs('a')
    await settle()
    expect(intake.waiting).toBe(1)
    expect([intake.predict(1, 'b'), await takeAs('b')]).toEqual([undefined, 'b taken'])
  })

  it('holds nothing against who asked a store that threw', async () => {
    limits = { ...LIMITS, items: 16 }
    await open('block', 100)
    const { append } = store
    store.append = () => Promise.reject(new Error('broken'))
    await takeAs('a', 16)
    store.append = append
    for (let i = 0; i < 15; i++) await takeAs('b')
    expect([intake.predict(1, 'a'), await takeAs('a')]).toEqual([undefined, 'a taken'])
  })

  it('foretells each tenant its own wait', async () => {
    await open('block', 1000)
    for (let i = 0; i < 50; i++) {
      await take(1)
      await leave(1)
      clock.advance(10)
    }
    await take(3)
    for (let i = 0; i < 30; i++) void takeAs('a')
    await settle()
    expect(intake.predict(1, 'a')?.code).toBe('ERR_BUDGET_UNREACHABLE')
    expect(intake.predict(1, 'b')).toBeUndefined()
  })
})
