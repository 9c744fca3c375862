/**
 * The clients, and what is set up wrongly: a sentence at the start that names the remedy.
 */
import { Redis as Ioredis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  fromIoredis,
  fromNodeRedis,
  LeasedRateLimiter,
  RedisRateLimiter,
  type ScriptRunner,
} from '../src/index.ts'
import { clients } from './clients.ts'
import { describeWithRedis, RedisServer } from './redis-server.ts'

const makers = {
  RedisRateLimiter: (redis: ScriptRunner) =>
    new RedisRateLimiter({ redis, name: 'setup', ratePerSecond: 100, burst: 100, whenUnavailable: 'refuse' }),
  LeasedRateLimiter: (redis: ScriptRunner) =>
    new LeasedRateLimiter({
      redis,
      name: 'setup',
      ratePerSecond: 100,
      burst: 100,
      whenUnavailable: 'refuse',
    }),
}

/** What `check()` says of a server that was started with `settings`. */
async function saidOf(
  settings: readonly string[],
  make: (redis: ScriptRunner) => { check: RedisRateLimiter['check'] },
) {
  const server = await RedisServer.start(...settings)
  const { runner, close } = await clients['ioredis']!(server.port)
  try {
    return await make(runner)
      .check({ timeoutMs: 1000 })
      .then(() => 'fine', String)
  } finally {
    close()
    await server.stop()
  }
}

describe('the offline queue of a client', () => {
  it('must be off: ioredis', () => {
    const client = new Ioredis({ lazyConnect: true })
    expect(() => fromIoredis(client)).toThrow(
      "fromIoredis: the client's offline queue is on; make the client with { enableOfflineQueue: false }",
    )
    client.disconnect()
  })

  it('must be off: node-redis', () => {
    expect(() => fromNodeRedis(createClient())).toThrow(
      "fromNodeRedis: the client's offline queue is on; make the client with { disableOfflineQueue: true }",
    )
  })

  it('a client by itself is refused, with the remedy', () => {
    const client = new Ioredis({ lazyConnect: true })
    expect(() => makers.RedisRateLimiter(client as unknown as ScriptRunner)).toThrow(
      'made by fromIoredis(client)',
    )
    client.disconnect()
  })
})

describeWithRedis('each client', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(async () => server?.stop())

  it.each(Object.keys(clients))('%s: decides, exactly and leased', async (name) => {
    const { runner, close } = await clients[name]!(server.port)
    const exact = new RedisRateLimiter({
      redis: runner,
      name,
      ratePerSecond: 0.1,
      burst: 2,
      whenUnavailable: 'refuse',
    })
    await exact.check()
    for (let i = 0; i < 3; i++) await exact.enter({ timeoutMs: 0 }).catch(() => {})
    expect(exact.stats()).toMatchObject({ accepted: 2, refused: { ERR_RATE_LIMITED: 1 }, unavailable: 0 })
    const options = { redis: runner, name, ratePerSecond: 100, burst: 25, whenUnavailable: 'refuse' } as const
    const leased = new LeasedRateLimiter(options)
    await leased.check()
    expect((await leased.enter({ cost: 5, timeoutMs: 1000 })).admitted).toBe(true)
    await leased.close()
    close()
  })

  it.each(Object.keys(clients))('%s: tells wrong credentials', async (name) => {
    const guarded = await RedisServer.start('--requirepass', 'correct')
    for (const password of [undefined, 'wrong']) {
      const { runner, close } = await clients[name]!(guarded.port, password)
      for (const make of Object.values(makers)) {
        await expect(make(runner).check({ timeoutMs: 500 })).rejects.toMatchObject({
          code: 'ERR_REDIS_SETUP',
          message: expect.stringContaining(
            'give the client the username and password that the server expects',
          ),
        })
      }
      close()
    }
    await guarded.stop()
  })
})

describeWithRedis('a Redis that does not do what a limiter needs', () => {
  it.each(Object.entries(makers))('%s: without scripting', async (_name, make) => {
    const said = await saidOf(['--rename-command', 'EVAL', '', '--rename-command', 'EVALSHA', ''], make)
    expect(said).toContain('this Redis runs no scripts; allow EVAL and EVALSHA')
  })

  it.each(Object.entries(makers))('%s: one node of a cluster', async (_name, make) => {
    const said = await saidOf(['--cluster-enabled', 'yes'], make)
    expect(said).toContain('the Redis cluster does not serve all its slots')
  })

  it.each(Object.entries(makers))('%s: a replica', async (_name, make) => {
    const primary = await RedisServer.start()
    const said = await saidOf(
      ['--replicaof', `127.0.0.1 ${primary.port}`, '--replica-serve-stale-data', 'yes'],
      make,
    )
    await primary.stop()
    expect(said).toContain('read-only replica; connect to the primary')
  })

  it.each(Object.entries(makers))('%s: nobody there', async (_name, make) => {
    const server = await RedisServer.start()
    const { runner, close } = await clients['ioredis']!(server.port)
    await server.stop()
    await expect(make(runner).check({ timeoutMs: 200 })).rejects.toThrow('Redis cannot be reached; start it')
    close()
  })

  it('a key that holds something else', async () => {
    const server = await RedisServer.start()
    const { runner, close } = await clients['ioredis']!(server.port)
    for (const kind of ['rate', 'lease']) {
      await runner.eval("return redis.call('LPUSH', KEYS[1], 'x')", [`spillway:check:${kind}:setup`], [])
    }
    for (const make of Object.values(makers)) {
      await expect(make(runner).check()).rejects.toThrow('give the limiter another "prefix"')
    }
    close()
    await server.stop()
  })

  it.each(Object.entries(makers))(
    '%s: a user without the rights; with those that are named it works',
    async (_name, make) => {
      const server = await RedisServer.start()
      const admin = new Ioredis(server.port, '127.0.0.1')
      await admin.call('ACL', 'SETUSER', 'limiter', 'on', '>secret', '~spillway:*', '+get')
      const login = {
        username: 'limiter',
        password: 'secret',
        enableReadyCheck: false,
        enableOfflineQueue: false,
      }
      const client = new Ioredis(server.port, '127.0.0.1', { ...login, lazyConnect: true })
      client.on('error', () => {})
      await client.connect()
      const said = await make(fromIoredis(client))
        .check()
        .then(() => 'fine', String)
      expect(said).toContain('the Redis user may not do this; grant it with ACL SETUSER <user> ')
      const rights = said.match(/[+]\w+/g) ?? []
      await admin.call('ACL', 'SETUSER', 'limiter', ...rights)
      await make(fromIoredis(client)).check()
      client.disconnect()
      admin.disconnect()
      await server.stop()
    },
  )
})
