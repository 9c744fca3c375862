import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GatewayState } from '../src/protocol/state.ts'
import { askAdmin, change, stateOf, streamOf, until } from './admin-client.ts'
import { answers, type Behaviour, RecordingSink } from './delivery-faults/recording-sink.ts'
import { RunningGateway } from './running-gateway.ts'

let sink: RecordingSink
let running: RunningGateway

beforeEach(async () => {
  sink = await RecordingSink.open()
  running = await RunningGateway.start(`
drainTimeoutMs: 0
streams:
  orders:
    class: critical
    window: { items: 100 }
    backlog: { items: 400, bytes: 64MiB, maxAgeMs: 86400000 }
    retry: { attempts: 100000, baseMs: 10, maxMs: 50 }
    concurrency: 4
    sink: { type: http, url: "${sink.url}?key=s3cret", timeoutMs: 60000 }
  few:
    class: critical
    window: { items: 10 }
    backlog: { items: 100, bytes: 1MiB, maxAgeMs: 86400000 }
    deadLetters: { items: 1 }
    sink: { type: http, url: "${sink.url}" }
  metrics: { class: best-effort, window: { items: 50 }, whenFull: reject, sink: { type: file, path: DIR/m.ndjson } }
`)
})

afterEach(async () => {
  await running[Symbol.asyncDispose]()
  await sink.close()
})

const orders = () => streamOf(running.adminUrl, 'orders')
const hang: Behaviour = () => {}

describe('the state of the gateway', () => {
  it('tells each stream with ledgers that balance, and what is measured of it', async () => {
    await running.post('orders', '[1,2,3]')
    const { streams, ...gateway } = await until(
      () => stateOf(running.adminUrl),
      (state) => state.streams[0]?.events.delivered === 3,
    )
    expect(gateway).toMatchObject({ version: '0.1.0', ready: true, problems: [], bodyBytes: 0 })
    expect(gateway.memoryBytes).toBeGreaterThan(2 ** 20)
    expect(gateway.nowMs).toBeGreaterThan(gateway.startedAtMs)
    expect(streams.map(({ name }) => name)).toEqual(['orders', 'few', 'metrics'])
    expect(streams[0]).toMatchObject({
      class: 'critical',
      durability: 'disk',
      requests: { received: 1, accepted: 1, refused: [], abandoned: 0, waiting: 0 },
      events: { accepted: 3, delivered: 3, queued: 0, inFlight: 0 },
      depth: { items: 0, maxItems: 400, maxBytes: 64 * 2 ** 20, deadLetters: 0, maxDeadLetters: 10_000 },
      delivery: { concurrencyLimit: 4, inFlight: 0, paused: [] },
      sink: { type: 'http', status: 'ok', consecutiveFailures: 0 },
      diagnosis: { verdict: 'healthy', evidence: [], remedy: '' },
      settings: { paused: false, rate: null, ingress: null, windowItems: 100, concurrency: 4 },
    })
    expect(streams[0]?.acceptMs?.p50).toBeGreaterThan(0)
    expect(streams[0]?.delivery.serviceMs?.p99).toBeGreaterThan(0)
    expect(streams[2]).toMatchObject({ sink: { status: 'idle' } })
  })

  it('tells how old the oldest event is, and why nothing is delivered, while the sink is down', async () => {
    sink.behaviour = answers(503)
    await running.post('orders', '[1,2,3]')
    const stalled = await until(orders, ({ diagnosis }) => diagnosis.verdict === 'stalled')
    expect(stalled.sink).toMatchObject({
      status: 'failing',
      lastFailure: { message: 'the sink answered 503' },
    })
    expect(stalled.sink.consecutiveFailures).toBeGreaterThan(3)
    expect(stalled.depth.oldestAgeMs).toBeGreaterThan(1900)
    expect(stalled.diagnosis.sentence).toMatch(/^The sink has taken nothing for .*; 3 events wait\.$/)
    expect(stalled.diagnosis.evidence.join()).toContain('the sink answered 503')
    sink.behaviour = answers(200)
    const mended = await until(orders, ({ events }) => events.delivered === 3)
    expect(mended).toMatchObject({ sink: { status: 'ok', consecutiveFailures: 0 } })
  })

  it('never shows what is secret in the address of a sink', async () => {
    const { body } = await askAdmin(running.adminUrl, '/api/state')
    expect(body).not.toContain('s3cret')
    expect((await orders()).sink.target).toBe(`http://127.0.0.1:${sink.port}/…`)
  })

  it('says so when a sink takes events and never answers', async () => {
    sink.behaviour = hang
    await running.post('orders', '[1,2,3,4,5]')
    const hanging = await until(orders, ({ diagnosis }) => diagnosis.verdict === 'stalled')
    expect(hanging.diagnosis.sentence).toMatch(/^The sink has answered nothing for 5.* s; 5 events wait\.$/)
  })

  it('says that more arrives than the sink takes, and what to do about it', async () => {
    sink.behaviour = (response) => void setTimeout(() => response.writeHead(200).end(), 40)
    const flooding = flood(300)
    const found = await until(
      orders,
      ({ diagnosis }) => diagnosis.verdict === 'inbound-above-capacity',
    ).finally(flooding.stop)
    expect(found.diagnosis.sentence).toMatch(/arrive and the sink takes \d+/)
    expect(found.diagnosis.remedy).toMatch(/raise concurrency from 4 to \d+/)
    await flooding.ended
  })

  it('stays ready, and says what is wrong, while a stream delivers nothing because its dead letters are full', async () => {
    sink.behaviour = answers(400)
    await running.post('few', '[1,2,3]')
    const full = await until(
      () => stateOf(running.adminUrl),
      ({ problems }) => problems.length > 0,
    )
    expect(full.problems).toEqual([
      'stream few delivers nothing: its dead letters are full; replay or purge some, or raise deadLetters',
    ])
    expect(full.ready).toBe(true)
    expect((await askAdmin(running.adminUrl, '/readyz')).status).toBe(200)
    expect((await running.post('few', '[4]')).status).toBe(202)
    const stream = await streamOf(running.adminUrl, 'few')
    expect(stream.delivery.paused).toEqual(['dead-letters-full'])
    expect(stream.diagnosis).toMatchObject({ verdict: 'stalled' })
    expect(stream.diagnosis.sentence).toContain('the dead letters are full')
  })

  it('answers 404 with the nearest name, and names every stream when none is near', async () => {
    const near = await askAdmin(running.adminUrl, '/api/streams/order')
    expect([near.status, near.body]).toEqual([404, expect.stringContaining('did you mean \\"orders\\"?')])
    const far = await askAdmin(running.adminUrl, '/api/streams/x')
    expect(far.body).toContain('there are: orders, few, metrics')
  })

  it('is in the metrics too', async () => {
    sink.behaviour = answers(503)
    await running.post('orders', '[1]')
    await until(orders, ({ diagnosis }) => diagnosis.verdict === 'stalled')
    const scrape = await running.scrape()
    const stream = 'orders'
    expect(scrape.sum('diagnosis', { stream, verdict: 'stalled' })).toBe(1)
    expect(scrape.sum('diagnosis', { stream })).toBe(1)
    expect(scrape.sum('oldest_event_age_seconds', { stream })).toBeGreaterThan(1.9)
    expect(scrape.sum('sink_consecutive_failures', { stream })).toBeGreaterThan(3)
    expect(scrape.sum('accept_seconds_count', { stream })).toBe(1)
    expect(scrape.sum('accept_seconds_bucket', { stream, le: '+Inf' })).toBe(1)
    expect(scrape.sum('window_capacity', { stream })).toBe(100)
  })
})

/** Sends one event after the other at a rate, whatever is answered. */
function flood(perSecond: number): { stop(): void; readonly ended: Promise<unknown> } {
  const sent: Promise<unknown>[] = []
  const startMs = performance.now()
  const timer = setInterval(() => {
    const due = ((performance.now() - startMs) * perSecond) / 1000
    while (sent.length < due) sent.push(running.post('orders', '{}').catch(() => {}))
  }, 5)
  return {
    stop: () => clearInterval(timer),
    get ended() {
      return Promise.allSettled(sent)
    },
  }
}

describe('the stream of states', () => {
  const EVENTS = { accept: 'text/event-stream' }

  /** Listens, and tells what came until it is closed. */
  async function listen(): Promise<{ readonly response: Response; next(): Promise<string>; close(): void }> {
    const controller = new AbortController()
    const response = await fetch(`${running.adminUrl}/api/state`, {
      headers: EVENTS,
      signal: controller.signal,
    })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    const next = async (): Promise<string> => {
      while (!rest.includes('\n\n')) {
        const { value, done } = await reader.read()
        if (done) return 'ended'
        rest += value
      }
      const end = rest.indexOf('\n\n')
      const block = rest.slice(0, end)
      rest = rest.slice(end + 2)
      return block
    }
    return { response, next, close: () => controller.abort() }
  }

  it('begins with the state of now, and goes on with one a second', async () => {
    const events = await listen()
    expect(events.response.headers.get('content-type')).toBe('text/event-stream')
    expect(await events.next()).toBe('retry: 2000')
    const states: GatewayState[] = []
    while (states.length < 3) {
      const block = await events.next()
      expect(block).toMatch(/^event: state\ndata: \{/)
      states.push(JSON.parse(block.slice(block.indexOf('{'))) as GatewayState)
    }
    // Told from the first, which comes at once: a busy machine may send any other late, and the next is in time again.
    expect(states[2]!.nowMs - states[0]!.nowMs).toBeGreaterThan(1900)
    expect(states[2]!.nowMs - states[0]!.nowMs).toBeLessThan(10_000)
    events.close()
  })

  it('tells a change with the next state', async () => {
    const events = await listen()
    await change(running.adminUrl, 'orders', { paused: true })
    let block = await events.next()
    while (!block.includes('"paused":["operator"]')) block = await events.next()
    expect(block).toContain('Delivery is paused by an operator')
    events.close()
  })

  it('has 32 listeners at most, and room again when one leaves', async () => {
    const listeners = await Promise.all(Array.from({ length: 32 }, listen))
    const refused = await askAdmin(running.adminUrl, '/api/state', { headers: EVENTS })
    expect([refused.status, refused.body]).toEqual([503, expect.stringContaining('32 clients listen')])
    expect((await askAdmin(running.adminUrl, '/api/state')).status).toBe(200)
    listeners[0]!.close()
    await until(
      async () => {
        const again = await listen()
        again.close()
        return again.response.status
      },
      (status) => status === 200,
    )
    for (const listener of listeners) listener.close()
  })

  it('ends when the gateway stops', async () => {
    const events = await listen()
    await events.next()
    await running.stop()
    let block = await events.next()
    while (block !== 'ended') block = await events.next()
  })
})
