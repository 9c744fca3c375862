/**
 * `LeasedRateLimiter` on a real server. What holds in virtual time is in `src/lease/conformance.test.ts`.
 */
import { isOverloadError, OptionError } from 'spillway'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LeasedRateLimiter, type LeasedRateLimiterOptions } from '../src/index.ts'
import { type Connected, connect } from './clients.ts'
import { describeWithRedis, RedisServer } from './redis-server.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describeWithRedis('LeasedRateLimiter', () => {
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

  const limiter = (options: Partial<LeasedRateLimiterOptions> = {}): LeasedRateLimiter =>
    new LeasedRateLimiter({
      redis: client.runner,
      name: `limit-${names++}`,
      ratePerSecond: 5,
      burst: 10,
      leaseMs: 1000,
      whenUnavailable: 'refuse',
      callTimeoutMs: 2000,
      ...options,
    })

  const code = (entering: Promise<unknown>): Promise<unknown> =>
    entering.then(
      () => 'admitted',
      (error: unknown) => (isOverloadError(error) ? error.code : error),
    )

  /** Takes what can be had within `ms`. */
  async function drain(gate: LeasedRateLimiter, ms: number): Promise<number> {
    let admitted = 0
    for (const startMs = performance.now(); performance.now() - startMs < ms; await sleep(5)) {
      while (gate.tryEnter().admitted) admitted++
    }
    return admitted
  }

  it('decides at once from its lease, and not more than one bucket would', async () => {
    const gate = limiter()
    await gate.check()
    const admitted = await drain(gate, 500)
    expect(admitted).toBeGreaterThanOrEqual(9)
    expect(admitted).toBeLessThanOrEqual(10 + 5 * 0.6 + 1)
    await gate.close()
  })

  it('before its first lease it is away from Redis, and says what to do', async () => {
    const gate = limiter()
    const answer = gate.tryEnter()
    expect(answer).toMatchObject({ admitted: false, code: 'ERR_LIMIT_UNAVAILABLE', scope: 'server' })
    expect((await gate.enter({ timeoutMs: 1000 })).admitted).toBe(true)
    await gate.close()
  })

  it('tells when to come back, and has tokens then', async () => {
    const gate = limiter({ ratePerSecond: 50, burst: 10, leaseMs: 100 })
    await gate.check()
    await drain(gate, 100)
    let answer = gate.tryEnter()
    // While a renewal is under way that was not for this ask it does not know.
    for (; answer.admitted || answer.retryAfterMs === undefined; answer = gate.tryEnter()) await sleep(1)
    expect(answer.code).toBe('ERR_RATE_LIMITED')
    const toldMs = performance.now()
    await sleep(answer.retryAfterMs)
    // What is known of the network is how long the latest call took; a machine that is busy makes it longer.
    while (!gate.tryEnter().admitted) await sleep(1)
    expect(performance.now() - toldMs).toBeLessThan(answer.retryAfterMs + 250)
    await gate.close()
  })

  it('lets callers wait, first come, first served, within their bounds', async () => {
    const gate = limiter({ ratePerSecond: 50, burst: 10, leaseMs: 100 })
    await gate.check()
    await drain(gate, 50)
    const order: number[] = []
    await Promise.all([0, 1, 2, 3].map((i) => gate.enter({ timeoutMs: 5000 }).then(() => order.push(i))))
    expect(order).toEqual([0, 1, 2, 3])
    const startMs = performance.now()
    const late = await Promise.all(Array.from({ length: 50 }, () => code(gate.enter({ timeoutMs: 60 }))))
    expect(performance.now() - startMs).toBeLessThan(300)
    expect(late).toContain('ERR_WAIT_TIMEOUT')
    await gate.close()
  })

  it('gives its lease back when it closes', async () => {
    const [one, other] = [limiter({ name: 'closing' }), limiter({ name: 'closing' })]
    await one.check()
    // A large ask makes it lease much; cancelled, it holds all of it.
    const permit = await one.enter({ cost: 5, timeoutMs: 1000 })
    permit.cancel()
    await one.close()
    expect(await code(one.enter())).toBe('ERR_CLOSED')
    await other.check()
    expect(await drain(other, 200)).toBeGreaterThanOrEqual(9)
    await other.close()
  })

  it('a dead node’s lease is back within one lease time', async () => {
    const [dead, living] = [limiter({ name: 'dying' }), limiter({ name: 'dying' })]
    await dead.check()
    const permit = await dead.enter({ cost: 5, timeoutMs: 1000 })
    permit.cancel()
    const diedMs = performance.now()
    await living.check()
    const atOnce = await drain(living, 100)
    expect(atOnce).toBeLessThan(8)
    await sleep(Math.max(0, 1020 - (performance.now() - diedMs)))
    const later = await drain(living, 500)
    // The living had four or five, the bucket is full again but for what lay at the dead: five more, and time adds two.
    // All ten are there, for the dead node's are back.
    expect(atOnce + later).toBeGreaterThanOrEqual(13)
    await living.close()
  })

  it('refuses a burst below the quota of one lease time, and names both remedies', () => {
    expect(() => limiter({ ratePerSecond: 100, burst: 10, leaseMs: 250 })).toThrow(
      'LeasedRateLimiter: option "burst" must be at least 25, the quota of one lease time, got 10; for a smaller burst set "leaseMs" to at most 100',
    )
    expect(() => limiter({ ratePerSecond: 2, burst: 10, leaseMs: 250 })).toThrow(OptionError)
  })
})
