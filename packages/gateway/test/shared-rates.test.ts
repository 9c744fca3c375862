/**
 * Two gateways that share the rates of their tenants over a real Redis, and
 * what each declared choice does while it is away.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithRedis, RedisServer } from './redis-server.ts'
import { RunningGateway } from './running-gateway.ts'
import { freePort } from './server-process.ts'

const KEY = 'a-key-of-the-tenant-shop'
const RATE = 40
const BURST = 20
const SENDERS = 6

interface Choice {
  readonly mode: 'leased' | 'exact'
  readonly whenAway?: string
}

function gatewayWith(port: number, { mode, whenAway = 'refuse' }: Choice): Promise<RunningGateway> {
  return RunningGateway.start(`redis: { url: "redis://127.0.0.1:${port}", mode: ${mode}, whenAway: ${whenAway} }
tenants:
  - { name: shop, key: ${KEY}, ratePerSecond: ${RATE}, burst: ${BURST} }
streams:
  events:
    class: best-effort
    whenFull: reject
    window: { items: 10000 }
    sink: { type: file, path: DIR/events.ndjson }
`)
}

async function send(gateway: RunningGateway, body = '{}'): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-api-key': KEY }
  return (await gateway.request('POST', '/v1/streams/events', { headers, body })).status
}

/** Some senders at each gateway, each one request after the other; for so long, and until they were told what is expected. */
async function flood(
  gateways: readonly RunningGateway[],
  ms: number,
  least: { readonly taken?: number; readonly statuses: readonly number[] },
): Promise<{ taken: number; tookMs: number; statuses: Set<number> }> {
  const statuses = new Set<number>()
  let taken = 0
  const startMs = performance.now()
  // A busy machine may get few requests answered in a time.
  const isEnough = (): boolean =>
    performance.now() - startMs >= ms &&
    taken >= (least.taken ?? 0) &&
    least.statuses.every((status) => statuses.has(status))
  const sendOn = async (gateway: RunningGateway): Promise<void> => {
    while (!isEnough()) {
      const status = await send(gateway)
      statuses.add(status)
      if (status === 202) taken++
    }
  }
  await Promise.all(gateways.flatMap((gateway) => new Array(SENDERS).fill(gateway).map(sendOn)))
  return { taken, tookMs: performance.now() - startMs, statuses }
}

describeWithRedis('tenants’ rates on Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(async () => redis?.stop())

  it.each(['leased', 'exact'] as const)('hold over two gateways together (%s)', async (mode) => {
    const server = await RedisServer.start()
    await using one = await gatewayWith(server.port, { mode })
    await using two = await gatewayWith(server.port, { mode })
    const least = { taken: RATE + 1, statuses: [202, 429] }
    const { taken, tookMs, statuses } = await flood([one, two], 1500, least)
    // On a busy machine an answer of Redis may be late: then it counts as away.
    expect([...statuses].filter((status) => status !== 503).sort()).toEqual([202, 429])
    expect(taken).toBeLessThanOrEqual(BURST + RATE * (tookMs / 1000 + 0.1))
    expect((await one.scrape()).sum('redis_calls_total')).toBeGreaterThan(0)
    await server.stop()
  })

  it.each(['leased', 'exact'] as const)(
    'count each event of a batch, and refuse one above the burst for good (%s)',
    async (mode) => {
      const server = await RedisServer.start()
      await using gateway = await gatewayWith(server.port, { mode })
      const batch = (count: number): string => JSON.stringify(new Array(count).fill({}))
      expect(await send(gateway, batch(BURST + 1))).toBe(413)
      await new Promise((resolve) => setTimeout(resolve, 600))
      expect(await send(gateway, batch(10))).toBe(202)
      expect(await send(gateway, batch(BURST))).toBe(429)
      await server.stop()
    },
  )

  it.each([
    ['leased', 'refuse', [503]],
    ['exact', 'refuse', [503]],
    ['leased', 'allow', [202]],
    ['exact', 'allow', [202]],
    ['leased', '"local", nodes: 2', [202, 429]],
    ['exact', '"local", nodes: 2', [202, 429]],
  ] as const)(
    'are answered as declared while Redis is away, and as ever when it is back (%s, %s)',
    async (mode, whenAway, expected) => {
      const server = await RedisServer.start()
      await using gateway = await gatewayWith(server.port, { mode, whenAway })
      expect(await send(gateway)).toBe(202)
      await server.kill()
      await new Promise((resolve) => setTimeout(resolve, 400))
      const lateness = monitorEventLoopDelay({ resolution: 5 })
      lateness.enable()
      const { tookMs, statuses } = await flood([gateway], 400, { statuses: expected })
      lateness.disable()
      expect([...statuses].sort()).toEqual(expected)
      // Nobody waits for Redis; what a busy machine adds to each turn of the event loop is no wait.
      expect(tookMs).toBeLessThan(1500 + (10 * lateness.max) / 1e6)
      const away = await gateway.scrape()
      expect(away.sum('redis_away')).toBe(1)
      expect(away.sum('redis_undecided_total')).toBeGreaterThan(0)
      await server.run()
      for (let i = 0; i < 100 && (await gateway.scrape()).sum('redis_away') === 1; i++) {
        await send(gateway)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      expect((await gateway.scrape()).sum('redis_away')).toBe(0)
      await server.stop()
    },
  )

  it('say at the start that Redis refuses the password, without telling it', async () => {
    const server = await RedisServer.start('--requirepass', 'another-password')
    const failure = String(await gatewayWith(server.port, { mode: 'leased' }).catch((error: Error) => error))
    expect(failure).toMatch(/redis: Redis refuses the credentials; give the client/)
    await server.stop()
  })

  it('say at the start that this Redis runs no scripts', async () => {
    const server = await RedisServer.start('--rename-command', 'EVALSHA', '', '--rename-command', 'EVAL', '')
    const failure = String(await gatewayWith(server.port, { mode: 'exact' }).catch((error: Error) => error))
    expect(failure).toMatch(/runs no scripts; allow EVAL and EVALSHA/)
    await server.stop()
  })

  it('let a gateway start while Redis is away: the declared choice holds from the first request on', async () => {
    await using gateway = await gatewayWith(await freePort(), { mode: 'leased', whenAway: 'allow' })
    expect(await send(gateway)).toBe(202)
  })
})
