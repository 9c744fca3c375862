/**
 * `RedisRateLimiter` on a real server: the promises of every gate, in real time.
 */
import { Redis as Ioredis } from 'ioredis'
import { isOverloadError, OptionError, type OverloadError, type Permit } from 'spillway'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RedisRateLimiter, type RedisRateLimiterOptions } from '../src/index.ts'
import { type Connected, connect } from './clients.ts'
import { describeWithRedis, RedisServer } from './redis-server.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describeWithRedis('RedisRateLimiter', () => {
  let server: RedisServer
  let client: Connected
  let names = 0

  beforeAll(async () => {
    server = await RedisServer.start()
    client = await connect(server.port)
  })
  afterAll(async () => {
    client?.close()
    await server?.stop()
  })

  const limiter = (options: Partial<RedisRateLimiterOptions> = {}): RedisRateLimiter =>
    new RedisRateLimiter({
      redis: client.runner,
      name: `limit-${names++}`,
      ratePerSecond: 0.01,
      burst: 3,
      whenUnavailable: 'refuse',
      callTimeoutMs: 2000,
      ...options,
    })

  async function refusal(entering: Promise<Permit>): Promise<OverloadError> {
    const error: unknown = await entering.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (isOverloadError(error)) return error
    throw new Error(`it was not refused: ${String(error)}`)
  }

  async function askUntilRefused(gate: RedisRateLimiter): Promise<Permit[]> {
    const permits: Permit[] = []
    for (;;) {
      const permit = await gate.enter({ timeoutMs: 0 }).catch((error: unknown) => {
        expect(isOverloadError(error)).toBe(true)
      })
      if (!permit) return permits
      permits.push(permit)
    }
  }

  /** What was given back is on its way. */
  const settled = async (): Promise<void> => {
    await client.runner.eval('return 1', ['any'], [])
  }

  it('admits the burst at once, then refuses, and starts no work it refuses', async () => {
    const gate = limiter()
    expect(await askUntilRefused(gate)).toHaveLength(3)
    let started = 0
    const error = await gate.run(() => started++, { timeoutMs: 0 }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'ERR_RATE_LIMITED', scope: 'client', httpStatus: 429 })
    expect(started).toBe(0)
  })

  it('admits at the time it named, if nothing else arrived', async () => {
    // A busy machine is not so slow that a token comes between two asks.
    const gate = limiter({ ratePerSecond: 2, burst: 1 })
    for (let round = 0; round < 3; round++) {
      await askUntilRefused(gate)
      const { retryAfterMs = Number.NaN } = await refusal(gate.enter({ timeoutMs: 0 }))
      expect(retryAfterMs).toBeGreaterThan(0)
      await sleep(Math.ceil(retryAfterMs) + 1)
      expect((await gate.enter({ timeoutMs: 0 })).admitted).toBe(true)
    }
  })

  it('changes nothing by refusing', async () => {
    const gate = limiter()
    const permits = await askUntilRefused(gate)
    for (let i = 0; i < 100; i++) await refusal(gate.enter({ timeoutMs: 0 }))
    for (const permit of permits) permit.cancel()
    await settled()
    expect(await askUntilRefused(gate)).toHaveLength(3)
  })

  it('gives everything back on cancel, and nothing on end, once', async () => {
    const gate = limiter()
    for (let round = 0; round < 3; round++) {
      const permits = await askUntilRefused(gate)
      expect(permits).toHaveLength(3)
      for (const permit of permits) {
        permit.cancel()
        permit.cancel()
      }
      await settled()
    }
    for (const permit of await askUntilRefused(gate)) {
      permit.end()
      permit.cancel()
    }
    await settled()
    expect(await askUntilRefused(gate)).toHaveLength(0)
  })

  it('keeps a quota for each key, and asks for costs', async () => {
    const gate = limiter()
    await gate.enter({ key: 'a', cost: 2, timeoutMs: 0 })
    expect((await refusal(gate.enter({ key: 'a', cost: 2, timeoutMs: 0 }))).code).toBe('ERR_RATE_LIMITED')
    await gate.enter({ key: 'b', cost: 3, timeoutMs: 0 })
    await gate.enter({ key: 'a', cost: 0.9, timeoutMs: 0 })
    expect((await refusal(gate.enter({ key: 'a', cost: 4 }))).code).toBe('ERR_COST_EXCEEDS_BURST')
  })

  it('is one quota for all limiters of its name', async () => {
    const [one, other] = [limiter({ name: 'one quota' }), limiter({ name: 'one quota' })]
    await askUntilRefused(one)
    expect((await refusal(other.enter({ timeoutMs: 0 }))).code).toBe('ERR_RATE_LIMITED')
  })

  it('lets its keys expire when they have nothing to say', async () => {
    const gate = limiter({ name: 'expiring', ratePerSecond: 1 })
    await gate.enter({ key: 'k' })
    expect(await exists('spillway:rate:expiring:k')).toBe(1)
    while ((await exists('spillway:rate:expiring:k')) !== 0) await sleep(20)
  })

  const exists = (key: string): PromiseLike<unknown> =>
    client.runner.eval("return redis.call('EXISTS', KEYS[1])", [key], [])

  it('lets callers wait for their slots, first come, first served, and at the rate', async () => {
    const gate = limiter({ ratePerSecond: 50, burst: 1 })
    const startMs = performance.now()
    const order: number[] = []
    await Promise.all([0, 1, 2, 3, 4].map((i) => gate.enter().then(() => order.push(i))))
    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(79)
    expect(gate.stats()).toMatchObject({ received: 5, accepted: 5, waiting: 0 })
  })

  it('refuses at once a wait that can not end in time', async () => {
    const gate = limiter({ ratePerSecond: 0.1, burst: 1 })
    await gate.enter()
    const startMs = performance.now()
    const error = await refusal(gate.enter({ timeoutMs: 5000 }))
    expect(performance.now() - startMs).toBeLessThan(4000)
    expect(error.code).toBe('ERR_RATE_LIMITED')
    expect(error.retryAfterMs).toBeGreaterThan(1000)
    expect(error.retryAfterMs).toBeLessThanOrEqual(5000.002)
  })

  it('bounds those who wait', async () => {
    const gate = limiter({ ratePerSecond: 0.1, burst: 1, maxWaiting: 2 })
    await gate.enter()
    const gone = new AbortController()
    const waiting = [1, 2].map(() => gate.enter({ signal: gone.signal }).catch((reason: unknown) => reason))
    expect((await refusal(gate.enter())).code).toBe('ERR_TOO_MANY_WAITING')
    expect(gate.stats().waiting).toBe(2)
    gone.abort(new Error('gone'))
    expect(await Promise.all(waiting)).toEqual([gone.signal.reason, gone.signal.reason])
    expect(gate.stats()).toMatchObject({ received: 4, accepted: 1, abandoned: 2, waiting: 0 })
  })

  it('gives the slot of an aborted caller back', async () => {
    const gate = limiter({ ratePerSecond: 0.1, burst: 1 })
    await gate.enter()
    const gone = new AbortController()
    const waiting = gate.enter({ signal: gone.signal }).catch(() => {})
    await settled()
    gone.abort()
    await waiting
    await settled()
    const { retryAfterMs } = await refusal(gate.enter({ timeoutMs: 0 }))
    expect(retryAfterMs).toBeLessThanOrEqual(10_000)
  })

  it('leaves a caller aborted before the call untouched, and is untouched by it', async () => {
    const gate = limiter()
    const reason = new Error('gone')
    await expect(gate.enter({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await askUntilRefused(gate)).toHaveLength(3)
  })

  it.each([
    { cost: Number.NaN },
    { cost: -1 },
    { cost: Number.POSITIVE_INFINITY },
    { key: 7 },
    { key: Symbol('key') },
    { criticality: 'urgent' },
    { timeoutMs: -1 },
    { finishWithinMs: Number.NaN },
    { signal: {} },
    null,
  ])('refuses a wrong ask, %o, with an OptionError, and keeps nothing of it', async (ask) => {
    const gate = limiter()
    // As a program without types would ask.
    await expect(gate.enter(ask as never)).rejects.toBeInstanceOf(OptionError)
    expect(gate.stats().received).toBe(0)
  })

  it('refuses those who wait when it closes, and all that comes', async () => {
    const gate = limiter({ ratePerSecond: 0.1, burst: 1 })
    await gate.enter()
    const waiting = refusal(gate.enter())
    await settled()
    gate.close()
    expect((await waiting).code).toBe('ERR_CLOSED')
    expect((await refusal(gate.enter())).code).toBe('ERR_CLOSED')
    expect(gate.stats()).toMatchObject({ received: 3, accepted: 1, refused: { ERR_CLOSED: 2 }, waiting: 0 })
  })

  it('goes on when the server has forgotten the script', async () => {
    const gate = limiter()
    await gate.enter()
    const other = new Ioredis(server.port, '127.0.0.1')
    await other.script('FLUSH')
    other.disconnect()
    await gate.enter()
    expect(gate.stats().redis.failures).toBe(0)
  })
})
