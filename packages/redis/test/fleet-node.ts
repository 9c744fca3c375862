/**
 * One node of a fleet, as a process: asks at a steady rate, and tells when
 * each ask was admitted. `node fleet-node.ts <port> <kind> <asks a second> <rate> <burst>`;
 * ready, it is told from when to when, in milliseconds of the wall clock.
 */
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { fromIoredis, LeasedRateLimiter, RedisRateLimiter } from '../src/index.ts'

const [port = 0, asksPerSecond = 0, ratePerSecond = 0, burst = 0] = [2, 4, 5, 6].map((i) =>
  Number(process.argv[i]),
)
const client = new Redis(port, '127.0.0.1', { enableOfflineQueue: false, lazyConnect: true })
await client.connect()
const options = {
  redis: fromIoredis(client),
  name: 'fleet',
  ratePerSecond,
  burst,
  whenUnavailable: 'refuse',
} as const
const exact = process.argv[3] === 'exact'
const gate = exact
  ? new RedisRateLimiter({ ...options, callTimeoutMs: 1000 })
  : new LeasedRateLimiter(options)
await gate.check()
process.send?.('ready')
const [{ fromMs, untilMs }] = await once(process, 'message')

const admittedMs: number[] = []
const admit = (): void => {
  admittedMs.push(Date.now())
}
let asked = 0
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const nowMs = Date.now()
    if (nowMs >= untilMs) {
      clearInterval(timer)
      resolve()
      return
    }
    for (; asked < ((nowMs - fromMs) / 1000) * asksPerSecond; asked++) {
      if (gate instanceof RedisRateLimiter) gate.enter({ timeoutMs: 0 }).then(admit, () => {})
      else if (gate.tryEnter().admitted) admit()
    }
  }, 2)
})
await new Promise((resolve) => setTimeout(resolve, 200))
await gate.close()
process.send?.({ asked, admittedMs, stats: gate.stats() }, () => {
  client.disconnect()
  process.disconnect()
})
