/**
 * A Redis that is there and of no use: one that hangs, a connection that died without a word, one that became a
 * replica. The gateway starts, answers as declared, and finds the way back by itself.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedis, RedisServer } from './redis-server.ts'
import { RunningGateway } from './running-gateway.ts'

const KEY = 'a-key-of-the-tenant-shop'
const PATIENCE_MS = 10_000

/** A way to a server that can be led elsewhere, and whose connections can go silent. */
class Way {
  readonly port: number
  target: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, target: number) {
    this.#server = server
    this.target = target
    this.port = (server.address() as AddressInfo).port // a TCP server has one
    server.on('connection', (near) => {
      const far = connect(this.target, '127.0.0.1')
      for (const socket of [near, far]) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => this.#sockets.delete(socket))
      }
      near.pipe(far).pipe(near)
    })
  }

  static async to(target: number): Promise<Way> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Way(server, target)
  }

  /** What is connected now stays so, and carries nothing any more. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().pause()
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

function gatewayOn(port: number, mode: 'leased' | 'exact'): Promise<RunningGateway> {
  return RunningGateway.start(`redis: { url: "redis://127.0.0.1:${port}", mode: ${mode}, whenAway: refuse }
tenants:
  - { name: shop, key: ${KEY}, ratePerSecond: 100, burst: 100 }
streams:
  events:
    class: best-effort
    whenFull: reject
    window: { items: 10000 }
    sink: { type: file, path: DIR/events.ndjson }
`)
}

async function send(gateway: RunningGateway): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-api-key': KEY }
  return (await gateway.request('POST', '/v1/streams/events', { headers, body: '{}' })).status
}

/** Sends until it is taken. */
async function sendAgain(gateway: RunningGateway): Promise<void> {
  for (const startMs = performance.now(); performance.now() - startMs < PATIENCE_MS; ) {
    if ((await send(gateway)) === 202) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nothing was taken within ${PATIENCE_MS} ms`)
}

describeWithRedis('tenants’ rates on a Redis that is there and of no use', () => {
  let redis: RedisServer
  let way: Way
  beforeEach(async () => {
    redis = await RedisServer.start()
    way = await Way.to(redis.port)
  })
  afterEach(async () => {
    way.close()
    await redis.stop()
  })

  it('let a gateway start while it hangs, and go on after', async () => {
    redis.pause()
    const starting = gatewayOn(redis.port, 'leased')
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, PATIENCE_MS, 'late'))
    const first = await Promise.race([starting, late])
    redis.resume()
    await using gateway = await starting
    expect(first).not.toBe('late')
    await sendAgain(gateway)
  })

  it('are asked on a new connection when the old one went silent', async () => {
    await using gateway = await gatewayOn(way.port, 'exact')
    await sendAgain(gateway)
    way.silence()
    expect(await send(gateway)).not.toBe(202)
    await sendAgain(gateway)
  })

  it('are asked where the name leads to when the old server became a replica', async () => {
    await using gateway = await gatewayOn(way.port, 'exact')
    await sendAgain(gateway)
    const next = await RedisServer.start()
    try {
      way.target = next.port
      const admin = new Redis(redis.port, '127.0.0.1')
      await admin.call('REPLICAOF', '127.0.0.1', String(next.port))
      admin.disconnect()
      await sendAgain(gateway)
    } finally {
      await next.stop()
    }
  })
})
