import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askAdmin, change, streamOf, until } from './admin-client.ts'
import { RecordingSink } from './delivery-faults/recording-sink.ts'
import { RunningGateway } from './running-gateway.ts'

let sink: RecordingSink
let running: RunningGateway
/** How many deliveries the sink has in hand, and the most it had. */
let inHand: number
let mostInHand: number
let serviceMs: number

beforeEach(async () => {
  inHand = 0
  mostInHand = 0
  serviceMs = 20
  sink = await RecordingSink.open()
  sink.behaviour = (response) => {
    inHand++
    mostInHand = Math.max(mostInHand, inHand)
    setTimeout(() => {
      inHand--
      response.writeHead(200).end()
    }, serviceMs)
  }
  running = await RunningGateway.start(`
drainTimeoutMs: 0
streams:
  orders:
    class: critical
    window: { items: 100 }
    backlog: { items: 10000, bytes: 64MiB, maxAgeMs: 86400000 }
    concurrency: 2
    sink: { type: http, url: "${sink.url}" }
  counts:
    class: best-effort
    window: { items: 10 }
    whenFull: reject
    concurrency: 1
    sink: { type: http, url: "${sink.url}" }
`)
})

afterEach(async () => {
  await running[Symbol.asyncDispose]()
  await sink.close()
})

const set = (stream: string, to: Parameters<typeof change>[2]) => change(running.adminUrl, stream, to)
const state = (stream: string) => streamOf(running.adminUrl, stream)
const batch = (size: number): string => JSON.stringify(Array.from({ length: size }, (_, n) => ({ n })))

async function arrivalsIn(ms: number): Promise<number> {
  const before = sink.arrivals.length
  await new Promise((resolve) => setTimeout(resolve, ms))
  return sink.arrivals.length - before
}

describe('an operator', () => {
  it('pauses delivery, while events are still taken, and resumes it', async () => {
    expect(await set('orders', { paused: true })).toMatchObject({
      settings: { paused: true },
      delivery: { paused: ['operator'] },
      diagnosis: { verdict: 'stalled', sentence: 'Delivery is paused by an operator; nothing waits.' },
    })
    expect((await running.post('orders', batch(10))).status).toBe(202)
    expect(await arrivalsIn(100)).toBe(0)
    await until(
      () => state('orders'),
      ({ diagnosis }) => diagnosis.sentence.endsWith('10 events wait.'),
    )
    await set('orders', { paused: false })
    await sink.hasDistinct(10)
  })

  it('lets more be delivered at once, at once', async () => {
    // So long that all places are taken before the first is free again, on a busy machine too.
    serviceMs = 2000
    mostInHand = 0
    await running.post('orders', batch(500))
    await until(
      async () => mostInHand,
      (count) => count === 2,
    )
    expect((await set('orders', { concurrency: 32 })).delivery.concurrencyLimit).toBe(32)
    await until(
      async () => mostInHand,
      (count) => count === 32,
    )
    serviceMs = 100
    await set('orders', { concurrency: { min: 1, max: 4 } })
    await until(
      async () => inHand,
      (count) => count <= 4,
    )
    mostInHand = 0
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(mostInHand).toBeLessThanOrEqual(4)
  })

  it('holds delivery to a rate, to another, and to none', async () => {
    serviceMs = 0
    await set('orders', { concurrency: 8, rate: { ratePerSecond: 10, burst: 1 } })
    const beganMs = performance.now()
    await running.post('orders', batch(3000))
    await sink.hasDistinct(11)
    // Ten intervals of 100 ms, however late the first arrives.
    expect(sink.arrivals[10]!.atMs - beganMs).toBeGreaterThan(990)
    const changedMs = performance.now()
    await set('orders', { rate: { ratePerSecond: 200, burst: 5 } })
    const before = sink.arrivals.length
    await sink.hasDistinct(before + 105)
    const tookMs = sink.arrivals[before + 104]!.atMs - changedMs
    // But for the burst and what was in hand, 92 intervals of 5 ms: at the rate before they would take ten seconds.
    expect(tookMs).toBeGreaterThan(440)
    expect(tookMs).toBeLessThan(8000)
    expect((await set('orders', { rate: null })).settings.rate).toBeNull()
    await sink.hasDistinct(3000)
  })

  it('refuses what arrives above an ingress rate, from one request to the next', async () => {
    expect((await running.post('orders', batch(100))).status).toBe(202)
    await set('orders', { ingress: { ratePerSecond: 0.001, burst: 2 } })
    const statuses = []
    for (let request = 0; request < 4; request++) statuses.push((await running.post('orders', '{}')).status)
    expect(statuses).toEqual([202, 202, 429, 429])
    await set('orders', { ingress: null })
    expect((await running.post('orders', '{}')).status).toBe(202)
  })

  it('makes a window in memory larger and smaller: that is all that such a stream holds', async () => {
    await set('counts', { paused: true })
    await running.fill('counts')
    expect(await state('counts')).toMatchObject({ depth: { items: 10, maxItems: 10 } })
    expect(await set('counts', { windowItems: 15 })).toMatchObject({ depth: { items: 10, maxItems: 15 } })
    await running.fill('counts')
    expect((await state('counts')).depth.items).toBe(15)
    await set('counts', { windowItems: 5 })
    expect((await running.post('counts', '{}')).status).toBe(503)
    expect((await state('counts')).events).toMatchObject({ accepted: 15, evicted: 0, queued: 15 })
    await set('counts', { paused: false })
    await until(
      () => state('counts'),
      ({ events }) => events.delivered === 15,
    )
    await set('counts', { paused: true })
    await running.fill('counts')
    expect((await state('counts')).depth.items).toBe(5)
  })

  it('makes the window over a stored backlog smaller than what is read at once, and all is delivered', async () => {
    serviceMs = 0
    await running.post('orders', batch(2000))
    await set('orders', { windowItems: 1 })
    await set('orders', { windowItems: 3, concurrency: 8 })
    await sink.hasDistinct(2000)
    expect((await state('orders')).settings.windowItems).toBe(3)
  })

  it('is told what is wrong with a change, and nothing is changed', async () => {
    const patch = (body: string, type = 'application/json') =>
      askAdmin(running.adminUrl, '/api/streams/orders', {
        method: 'PATCH',
        headers: { 'content-type': type },
        body,
      })
    const wrong = await patch('{"concurrency":0,"paused":true}')
    expect([wrong.status, JSON.parse(wrong.body)]).toEqual([
      400,
      {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: 'concurrency must be an integer of at least 1, got 0',
      },
    ])
    expect((await patch('{"concurrency":')).status).toBe(400)
    expect((await patch('{"__proto__":{"paused":true}}')).status).toBe(400)
    expect((await patch('')).status).toBe(400)
    expect((await patch('paused=true', 'application/x-www-form-urlencoded')).status).toBe(415)
    expect((await patch('{"paused":true}', 'text/plain')).status).toBe(415)
    expect(await state('orders')).toMatchObject({ settings: { paused: false, concurrency: 2 } })
    const unknown = await askAdmin(running.adminUrl, '/api/streams/nobody', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{"paused":true}',
    })
    expect(unknown.status).toBe(404)
  })
})

describe('the ledger of events', () => {
  it('balances at any instant while an operator changes everything', async () => {
    serviceMs = 2
    const flooding = (async () => {
      for (let request = 0; request < 150; request++) {
        await Promise.all([running.post('orders', batch(20)), running.post('counts', batch(4))])
      }
    })()
    let isOver = false
    void flooding.then(() => {
      isOver = true
    })
    for (let turn = 0; !isOver; turn++) {
      const stream = turn % 2 === 0 ? 'orders' : 'counts'
      await set(stream, CHANGES[turn % CHANGES.length]!)
      const scrape = await running.scrape()
      for (const each of ['orders', 'counts']) {
        expect(scrape.imbalance(each)).toEqual({ requests: 0, events: 0 })
        expect(scrape.sum('events_queued', { stream: each })).toBeGreaterThanOrEqual(0)
      }
    }
    await flooding
    for (const stream of ['orders', 'counts']) {
      await set(stream, { paused: false, rate: null, concurrency: 32 })
      const { events } = await until(
        () => state(stream),
        ({ depth }) => depth.items === 0,
      )
      expect(events.delivered).toBe(events.accepted)
    }
  })
})

const CHANGES: readonly Parameters<typeof change>[2][] = [
  { paused: true },
  { concurrency: 8 },
  { windowItems: 3 },
  { paused: false },
  { rate: { ratePerSecond: 500, burst: 10 } },
  { windowItems: 200, concurrency: { min: 1, max: 16 } },
  { rate: null },
  { ingress: { ratePerSecond: 1e6, burst: 1e6 } },
  { paused: true, windowItems: 1 },
  { paused: false, concurrency: 1 },
  { ingress: null, windowItems: 50 },
]
