/**
 * Redis killed, paused and restarted under load: no request waits longer than
 * its deadline, and each of the three choices does what it says.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type AsyncGate, isOverloadError } from 'spillway'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LeasedRateLimiter, RedisRateLimiter, type ScriptRunner, type WhenUnavailable } from '../src/index.ts'
import { clients } from './clients.ts'
import { describeWithRedis, RedisServer } from './redis-server.ts'

const CALL_TIMEOUT_MS = 60
const RATE = 200
const BURST = 200
/** What timers add; what the event loop of a busy machine adds is measured beside. */
const SLACK_MS = 100

const choices: Readonly<Record<string, WhenUnavailable>> = {
  refuse: 'refuse',
  allow: 'allow',
  local: { local: { share: 0.1 } },
}
type Limiter = RedisRateLimiter | LeasedRateLimiter
const limiters: Readonly<Record<string, (redis: ScriptRunner, whenUnavailable: WhenUnavailable) => Limiter>> =
  {
    exact: (redis, whenUnavailable) =>
      new RedisRateLimiter({
        redis,
        name: 'outage',
        ratePerSecond: RATE,
        burst: BURST,
        whenUnavailable,
        callTimeoutMs: CALL_TIMEOUT_MS,
      }),
    leased: (redis, whenUnavailable) =>
      new LeasedRateLimiter({
        redis,
        name: 'outage',
        ratePerSecond: RATE,
        burst: BURST,
        whenUnavailable,
        callTimeoutMs: CALL_TIMEOUT_MS,
      }),
  }
const faults: Readonly<Record<string, (server: RedisServer) => Promise<void> | void>> = {
  killed: (server) => server.kill(),
  paused: (server) => server.pause(),
}
const matrix = Object.keys(limiters).flatMap((kind) =>
  Object.keys(faults).flatMap((fault) => Object.keys(choices).map((choice) => ({ kind, fault, choice }))),
)

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What a time of load saw. */
interface Seen {
  readonly codes: Record<string, number>
  /** The longest that an answer came after its deadline, above what the event loop itself was late. */
  overdueMs: number
}

/** Asks every 2 ms for `ms`, each with a patience of its own, and waits for all the answers. */
async function load(gate: AsyncGate, ms: number): Promise<Seen> {
  const seen: Seen = { codes: {}, overdueMs: 0 }
  const lateness = monitorEventLoopDelay({ resolution: 5 })
  lateness.enable()
  const asks: Promise<void>[] = []
  const startMs = performance.now()
  for (let i = 0; performance.now() - startMs < ms; i++) {
    const timeoutMs = [0, 5, 100, 300][i % 4]!
    const askedMs = performance.now()
    const answered = (code: string): void => {
      seen.codes[code] = (seen.codes[code] ?? 0) + 1
      const deadlineMs = Math.max(timeoutMs, CALL_TIMEOUT_MS)
      seen.overdueMs = Math.max(seen.overdueMs, performance.now() - askedMs - deadlineMs)
    }
    asks.push(
      gate.enter({ timeoutMs }).then(
        () => answered('admitted'),
        (error: unknown) => answered(isOverloadError(error) ? error.code : String(error)),
      ),
    )
    await sleep(2)
  }
  await Promise.all(asks)
  lateness.disable()
  seen.overdueMs -= lateness.max / 1e6
  return seen
}

function balance(gate: Limiter): void {
  const { received, accepted, refused, abandoned, waiting } = gate.stats()
  const refusals = Object.values(refused).reduce((sum, count) => sum + count, 0)
  expect(received).toBe(accepted + refusals + abandoned + waiting)
  expect(waiting).toBe(0)
}

describeWithRedis('while Redis is away', () => {
  let server: RedisServer
  beforeEach(async () => {
    server = await RedisServer.start()
  })
  afterEach(async () => server?.stop())

  it.each(matrix)(
    '$fault, $kind, $choice: every ask is answered in time, as declared, and it recovers',
    async ({ kind, fault, choice }) => {
      const client = await clients['ioredis']!(server.port)
      const gate = limiters[kind]!(client.runner, choices[choice]!)
      await gate.check()
      await load(gate, 100)
      await faults[fault]!(server)
      // The time in which a lease still serves, and the fault is not noticed yet.
      const during = await load(gate, 400)
      const away = await load(gate, 500)
      expect(Math.max(during.overdueMs, away.overdueMs)).toBeLessThan(SLACK_MS)
      const { unavailable, decidedLocally } = gate.stats()
      expect(unavailable).toBeGreaterThan(0)
      expect(decidedLocally).toBe(choice === 'local' ? unavailable : 0)
      expectAsDeclared(choice, away)
      balance(gate)

      if (fault === 'killed') await server.run()
      else server.resume()
      await gate.check()
      await sleep(300)
      const missed = gate.stats().unavailable
      const after = await load(gate, 200)
      expect(after.codes['admitted']).toBeGreaterThan(0)
      expect(gate.stats().unavailable).toBe(missed)
      // Tokens that came too late are still being given back.
      await vi.waitFor(() => expect(gate.stats().redis.inFlight).toBe(0), 10_000)
      balance(gate)
      gate.close()
      client.close()
    },
  )

  it('keeps a bounded number of calls in the hands of the client', async () => {
    const client = await clients['ioredis']!(server.port)
    const gate = new RedisRateLimiter({
      redis: client.runner,
      name: 'bounded',
      ratePerSecond: 100,
      burst: 100,
      whenUnavailable: 'allow',
      callTimeoutMs: 20,
      maxInFlight: 50,
    })
    await gate.check()
    server.pause()
    await Promise.all(Array.from({ length: 2000 }, () => gate.enter({ timeoutMs: 0 })))
    expect(gate.stats().redis.inFlight).toBeLessThanOrEqual(50)
    expect(gate.stats()).toMatchObject({ accepted: 2000, unavailable: 2000 })
    server.resume()
    client.close()
  })

  it('gives tokens back that were granted to callers who had given up', async () => {
    const client = await clients['ioredis']!(server.port)
    const gate = limiters['exact']!(client.runner, 'refuse')
    await gate.check()
    server.pause()
    await Promise.all(Array.from({ length: 50 }, () => gate.enter({ timeoutMs: 5 }).catch(() => {})))
    server.resume()
    await sleep(200)
    await Promise.all(Array.from({ length: BURST }, () => gate.enter({ timeoutMs: 0 })))
    client.close()
  })
})

/** The local share is a tenth of 200 a second, with a burst of 20. */
function expectAsDeclared(choice: string, { codes }: Seen): void {
  const asked = Object.values(codes).reduce((sum, count) => sum + count, 0)
  const { admitted = 0, ERR_LIMIT_UNAVAILABLE: refused = 0, ERR_WAIT_TIMEOUT: late = 0 } = codes
  if (choice === 'refuse') expect(refused + late).toBe(asked)
  if (choice === 'allow') expect(admitted + late).toBe(asked)
  // An ask that tries whether Redis is back may run out of patience meanwhile.
  if (choice !== 'local') expect(late).toBeLessThan(asked / 4)
  else {
    expect(admitted).toBeGreaterThan(0)
    expect(admitted).toBeLessThanOrEqual(20 + 20 * 1.2)
  }
}
