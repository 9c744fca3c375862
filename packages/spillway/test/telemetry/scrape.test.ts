import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { Registry } from 'prom-client'
import { request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { guard, sendRefusal } from '../../src/adapters/node/index.ts'
import { OpenTelemetryMetrics } from '../../src/adapters/opentelemetry/index.ts'
import { PrometheusMetrics } from '../../src/adapters/prometheus/index.ts'
import { ConcurrencyLimiter, fixed, Processor } from '../../src/index.ts'
import { Scrape } from './scrape.ts'

const REQUESTS = 300
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** A server whose handler enqueues, behind a guard that refuses as well. */
async function service() {
  const seen = { handled: 0, delivered: 0 }
  const queue = new Processor<number>({
    handle: async () => {
      // So long that the queue overflows although a busy machine takes its time with each request.
      await new Promise((resolve) => setTimeout(resolve, 60))
      seen.delivered++
    },
    capacity: 4,
    whenFull: 'drop-oldest',
    concurrency: 2,
  })
  const guarded = guard({ gate: new ConcurrencyLimiter({ limit: fixed(4), maxWaiting: 4 }), timeoutMs: 3 })
  const handler = guarded(async (incoming, response) => {
    seen.handled++
    for await (const _ of incoming);
    try {
      await queue.enqueue(seen.handled, { timeoutMs: 5 })
      setTimeout(() => response.writeHead(202).end(), 4)
    } catch (error) {
      if (!sendRefusal(response, error)) response.writeHead(500).end()
    }
  })
  const server = createServer(handler)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, queue, guarded, seen }
}

/** Sends all requests at once, and counts the answers by status. */
async function flood(port: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  const ask = async () => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'event' })
    await body.dump()
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
  }
  await Promise.all(Array.from({ length: REQUESTS }, ask))
  return statuses
}

function expectBalance(scrape: Scrape): void {
  const requests = ['accepted_total', 'refused_total', 'abandoned_total', 'failed_total', 'waiting']
  expect(scrape.sumOf('guard', requests)).toBe(scrape.sumOf('guard', ['received_total']))
  const items = ['accepted_total', 'refused_total', 'abandoned_total', 'waiting']
  expect(scrape.sumOf('queue', items)).toBe(scrape.sumOf('queue', ['received_total']))
  const events = [
    'delivered_total',
    'evicted_total',
    'failed_total',
    'purged_total',
    'depth',
    'in_flight',
    'retrying',
  ]
  expect(scrape.sumOf('queue', events)).toBe(scrape.sumOf('queue', ['accepted_total']))
}

describe('a scrape', () => {
  it('balances both ledgers while the load runs, and agrees with what client and handler counted', async () => {
    const { port, queue, guarded, seen } = await service()
    const registry = new Registry()
    const metrics = new PrometheusMetrics({ registry })
    metrics.watch('events', queue)
    metrics.watch('http', guarded)
    const flooded = flood(port)
    let running = true
    const scrapes = (async () => {
      for (let count = 0; running || count < 3; count++) {
        expectBalance(Scrape.parse(await registry.metrics()))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })()
    const statuses = await flooded
    await queue.drain()
    running = false
    await scrapes
    while (guarded.stats().inFlight > 0) await new Promise((resolve) => setImmediate(resolve))
    const scrape = Scrape.parse(await registry.metrics())
    expectBalance(scrape)
    expect(scrape.sumOf('guard', ['received_total'])).toBe(REQUESTS)
    expect(scrape.sumOf('guard', ['accepted_total'])).toBe(seen.handled)
    expect(scrape.sumOf('queue', ['received_total'])).toBe(seen.handled)
    expect(scrape.sumOf('queue', ['delivered_total'])).toBe(seen.delivered)
    expect(scrape.sumOf('queue', ['accepted_total'])).toBe(statuses.get(202) ?? 0)
    const refused = scrape.sumOf('guard', ['refused_total']) + scrape.sumOf('queue', ['refused_total'])
    expect(refused).toBe(statuses.get(503) ?? 0)
    expect(refused).toBeGreaterThan(0)
    expect(scrape.sumOf('queue', ['evicted_total'])).toBeGreaterThan(0)
    const verdicts = scrape.byLabel('spillway_queue_diagnosis', 'verdict')
    expect(Object.values(verdicts).reduce((sum, value) => sum + value, 0)).toBe(1)
    expect(verdicts['healthy']).toBe(0)
  })

  it('shows how long items waited and were handled, as histograms of everything since the start', async () => {
    const { port, queue } = await service()
    const registry = new Registry()
    new PrometheusMetrics({ registry }).watch('events', queue)
    await flood(port)
    await queue.drain()
    const text = await registry.metrics()
    expect(text).toContain('# TYPE spillway_queue_service_seconds histogram')
    const scrape = Scrape.parse(text)
    const handled = scrape.sumOf('queue', ['delivered_total'])
    const buckets = scrape.byLabel('spillway_queue_service_seconds_bucket', 'le')
    expect(Object.keys(buckets)).toHaveLength(15)
    // A handler takes 60 ms at least.
    expect([buckets['0.005'], buckets['10'], buckets['+Inf']]).toEqual([0, handled, handled])
    expect(scrape.sumOf('queue', ['service_seconds_count'])).toBe(handled)
    expect(scrape.sumOf('queue', ['service_seconds_sum'])).toBeGreaterThanOrEqual(0.005 * handled)
    expect(scrape.sumOf('queue', ['wait_seconds_count'])).toBeGreaterThanOrEqual(handled)
  })

  it('forgets what is no longer watched, and is refused a registry that has the metrics already', async () => {
    const registry = new Registry()
    const metrics = new PrometheusMetrics({ registry })
    const end = metrics.watch('limit', new ConcurrencyLimiter({ limit: fixed(3), maxWaiting: 0 }))
    expect(await registry.metrics()).toContain('spillway_limiter_limit{name="limit"} 3')
    end()
    expect(await registry.metrics()).not.toContain('name="limit"')
    expect(() => new PrometheusMetrics({ registry })).toThrow('already been registered')
    expect(() => new PrometheusMetrics({ registry: {} as never })).toThrow('option "registry"')
  })
})

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

describe('a collection of OpenTelemetry', () => {
  it('has the same figures under dotted names, and ends when it is closed', async () => {
    const reader = new ManualReader()
    const meter = new MeterProvider({ readers: [reader] }).getMeter('spillway')
    const telemetry = new OpenTelemetryMetrics({ meter })
    const { port, queue, guarded } = await service()
    telemetry.watch('events', queue)
    telemetry.watch('http', guarded)
    const statuses = await flood(port)
    await queue.drain()
    const collected = Scrape.fromOpenTelemetry(await reader.collect())
    expectBalance(collected)
    const refused = collected.sumOf('guard', ['refused_total']) + collected.sumOf('queue', ['refused_total'])
    expect(refused).toBe(statuses.get(503) ?? 0)
    const handled = collected.sumOf('queue', ['delivered_total'])
    expect(collected.byLabel('spillway_queue_service_bucket_total', 'le')['+Inf']).toBe(handled)
    expect(collected.sumOf('queue', ['service_count_total'])).toBe(handled)
    expect(collected.sumOf('queue', ['service_sum_seconds_total'])).toBeGreaterThanOrEqual(0.005 * handled)
    let reads = 0
    const gate = new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 })
    const counting = {
      stats: () => {
        reads++
        return gate.stats()
      },
    }
    telemetry.watch('counting', counting)
    reads = 0
    await reader.collect()
    expect(reads).toBe(1)
    telemetry.close()
    await reader.collect()
    expect(reads).toBe(1)
    expect(() => new OpenTelemetryMetrics({} as never)).toThrow('option "meter" is missing')
  })
})
