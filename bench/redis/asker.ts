/**
 * One process of `compare.ts`: asks without pause for a time, and tells how
 * many decisions it had. `asker.ts <port> <subject> <quota's name> <rate> <milliseconds>`.
 */
import { once } from 'node:events'
import { fromIoredis, LeasedRateLimiter, RedisRateLimiter } from '@spillway/redis'
import { Redis } from 'ioredis'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'

const IN_FLIGHT = 32
/** Decisions between two turns of the event loop, where a decision takes none. */
const BATCH = 500

const [port, subject, name = '', rate, ms] = process.argv.slice(2)
const ratePerSecond = Number(rate)
const client = new Redis(Number(port), '127.0.0.1', { enableOfflineQueue: false, lazyConnect: true })
await client.connect()

const options = {
  redis: fromIoredis(client),
  name,
  ratePerSecond,
  burst: ratePerSecond,
  whenUnavailable: 'refuse',
  callTimeoutMs: 5000,
} as const

/** What asks once and tells whether it was admitted; a promise where that takes a round trip. */
async function asker(): Promise<() => boolean | Promise<boolean>> {
  if (subject === 'Spillway RedisRateLimiter') {
    const limiter = new RedisRateLimiter(options)
    await limiter.check()
    return () =>
      limiter.enter({ key: 'all', timeoutMs: 0 }).then(
        () => true,
        () => false,
      )
  }
  if (subject === 'rate-limiter-flexible') {
    const limiter = new RateLimiterRedis({
      storeClient: client,
      points: ratePerSecond,
      duration: 1,
      keyPrefix: name,
    })
    const refused = (reason: unknown): boolean => {
      if (reason instanceof RateLimiterRes) return false
      throw reason
    }
    return () => limiter.consume('all').then(() => true, refused)
  }
  const limiter = new LeasedRateLimiter(options)
  await limiter.check()
  return () => limiter.tryEnter().admitted
}

let decisions = 0
let admitted = 0
const count = (isAdmitted: boolean): void => {
  decisions++
  if (isAdmitted) admitted++
}

async function askUntil(ask: () => boolean | Promise<boolean>, endMs: number): Promise<void> {
  while (performance.now() < endMs) {
    const answer = ask()
    if (answer instanceof Promise) count(await answer)
    else {
      count(answer)
      for (let i = 1; i < BATCH; i++) count(ask() as boolean) // it answered at once before
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

const ask = await asker()
const warmUpMs = performance.now() + 300
await askUntil(ask, warmUpMs)
process.send?.('ready')
await once(process, 'message')
decisions = 0
admitted = 0
const cpuBefore = process.cpuUsage()
const endMs = performance.now() + Number(ms)
await Promise.all(Array.from({ length: IN_FLIGHT }, () => askUntil(ask, endMs)))
const { user, system } = process.cpuUsage(cpuBefore)
process.send?.({ decisions, admitted, cpuUs: user + system }, () => process.exit(0))
