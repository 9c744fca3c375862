/**
 * A Redis that other programs change under a limiter: what a key of it holds.
 */
import { Redis as Ioredis } from 'ioredis'
import { isOverloadError } from 'spillway'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RedisRateLimiter } from '../src/index.ts'
import { type Connected, connect } from './clients.ts'
import { describeWithRedis, RedisServer } from './redis-server.ts'

describeWithRedis('a Redis that changes under a limiter', () => {
  let server: RedisServer
  let client: Connected
  let admin: Ioredis
  beforeEach(async () => {
    server = await RedisServer.start()
    client = await connect(server.port)
    admin = new Ioredis(server.port, '127.0.0.1')
    admin.on('error', () => {})
  })
  afterEach(async () => {
    client?.close()
    admin?.disconnect()
    await server?.stop()
  })

  const exact = (): RedisRateLimiter =>
    new RedisRateLimiter({
      ...{ redis: client.runner, name: 'changes', ratePerSecond: 0.01, burst: 20 },
      ...{ whenUnavailable: 'refuse', callTimeoutMs: 2000 },
    })

  const code = (entering: Promise<unknown>): Promise<unknown> =>
    entering.then(
      () => 'admitted',
      (error: unknown) => (isOverloadError(error) ? error.code : error),
    )

  it('asks on for all other keys while one key holds something else', async () => {
    const gate = exact()
    await admin.lpush('spillway:rate:changes:broken', 'a list of somebody')
    await admin.set('spillway:rate:changes:short', 'x')
    const asks = ['broken', 'fine', 'short', 'fine', 'broken', 'fine'].map((key) =>
      code(gate.enter({ key, timeoutMs: 0 })),
    )
    expect(await Promise.all(asks)).toEqual(
      ['broken', 'fine', 'short', 'fine', 'broken', 'fine'].map((key) =>
        key === 'fine' ? 'admitted' : 'ERR_LIMIT_UNAVAILABLE',
      ),
    )
    // The answer of that key is bad, the way to Redis is not.
    for (let i = 0; i < 5; i++) {
      await code(gate.enter({ key: 'broken', timeoutMs: 0 }))
      const both = ['broken', 'fine'].map((key) => code(gate.enter({ key, timeoutMs: 0 })))
      expect(await Promise.all(both)).toEqual(['ERR_LIMIT_UNAVAILABLE', 'admitted'])
    }
    expect(gate.stats().redis).toMatchObject({
      isDown: false,
      lastFault: expect.stringContaining('another "prefix"'),
    })
  })
})
