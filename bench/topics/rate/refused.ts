/**
 * Question: what does one refusal cost, when the rate is exhausted?
 * Workload: one limiter, one caller, one token an hour and none left, so that every ask is refused.
 * Read it as: what a flood costs the one who refuses it. The packages that reject a promise pay for that here.
 */
import { type Benchmark, millionsPerSecond } from '../../harness/benchmark.ts'
import { decide, decideAsync } from './decisions.ts'

const HOUR_MS = 3_600_000

export const rateRefused: Benchmark = {
  topic: 'rate',
  name: 'rate-refused',
  metric: millionsPerSecond,
  reference: 'Spillway RateLimiter.allow',
  subjects: {
    'Spillway RateLimiter.allow': {
      package: 'spillway',
      async measure(scale) {
        const { RateLimiter } = await import('spillway')
        const limiter = new RateLimiter({ ratePerSecond: 1 / 3600, burst: 1 })
        limiter.allow()
        return decide(() => !limiter.allow(), scale)
      },
    },
    'limiter TokenBucket.tryRemoveTokens': {
      package: 'limiter',
      async measure(scale) {
        const { TokenBucket } = await import('limiter')
        const bucket = new TokenBucket({ bucketSize: 1, tokensPerInterval: 1, interval: 'hour' })
        return decide(() => !bucket.tryRemoveTokens(1), scale)
      },
    },
    'limiter RateLimiter.tryRemoveTokens': {
      package: 'limiter',
      async measure(scale) {
        const { RateLimiter } = await import('limiter')
        const limiter = new RateLimiter({ tokensPerInterval: 1, interval: 'hour' })
        limiter.tryRemoveTokens(1)
        return decide(() => !limiter.tryRemoveTokens(1), scale)
      },
    },
    'rate-limiter-flexible memory, await': {
      package: 'rate-limiter-flexible',
      async measure(scale) {
        const { RateLimiterMemory } = await import('rate-limiter-flexible')
        const limiter = new RateLimiterMemory({ points: 1, duration: HOUR_MS / 1000 })
        await limiter.consume('client')
        return decideAsync(
          () =>
            limiter.consume('client').then(
              () => false,
              () => true,
            ),
          scale,
        )
      },
    },
    'Go x/time/rate Allow': { go: 'rate-refused' },
  },
}
