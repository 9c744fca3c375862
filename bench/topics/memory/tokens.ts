/**
 * Question: what does one caller cost that waits for its token?
 * Workload: a hundred tokens a second, 200,000 callers that wait, their promises kept; the few that are served while
 *   the heap is read do not matter.
 * Read it as: bytes of heap for each waiting caller, its promise and timer included. Of these only Spillway and
 *   rate-limiter-flexible can bound them; the benchmark lifts the bounds.
 */
import type { Benchmark } from '../../harness/benchmark.ts'
import { keeps, memoryBenchmark, times } from './kept.ts'

const PER_SECOND = 100

export const memoryTokens: Benchmark = {
  ...memoryBenchmark,
  name: 'memory-tokens',
  reference: 'Spillway RateLimiter.wait',
  subjects: {
    'Spillway RateLimiter.wait': keeps('spillway', async () => {
      const { RateLimiter } = await import('spillway')
      return (count) => {
        const limiter = new RateLimiter({
          ratePerSecond: PER_SECOND,
          burst: PER_SECOND,
          maxWaiting: Number.POSITIVE_INFINITY,
        })
        return [limiter, times(count, () => limiter.wait())]
      }
    }),
    'limiter RateLimiter.removeTokens': keeps('limiter', async () => {
      const { RateLimiter } = await import('limiter')
      return (count) => {
        const limiter = new RateLimiter({ tokensPerInterval: PER_SECOND, interval: 'second' })
        return [limiter, times(count, () => limiter.removeTokens(1))]
      }
    }),
    'p-throttle': keeps('p-throttle', async () => {
      const { default: pThrottle } = await import('p-throttle')
      return (count) => {
        const throttled = pThrottle({ limit: PER_SECOND, interval: 1000 })(() => {})
        return [throttled, times(count, () => throttled())]
      }
    }),
    'rate-limiter-flexible RateLimiterQueue': keeps('rate-limiter-flexible', async () => {
      const { RateLimiterMemory, RateLimiterQueue } = await import('rate-limiter-flexible')
      return (count) => {
        const queue = new RateLimiterQueue(new RateLimiterMemory({ points: PER_SECOND, duration: 1 }))
        return [queue, times(count, () => queue.removeTokens(1))]
      }
    }),
  },
}
