/**
 * Question: what does one admission cost, when the rate is far from exhausted?
 * Workload: one limiter, one caller, a thousand million tokens a second, so that every ask is admitted.
 * Read it as: the cost of a limiter on the way of every request, next to reading the clock (topic `clock`), which
 *   most of them do once. Those marked `await` answer with a promise only.
 */
import { type Benchmark, millionsPerSecond } from '../../harness/benchmark.ts'
import { slowAllowSubjects } from './allow-slow.ts'
import { decide, FastifyReply, fastifyLocalStore, PLENTY } from './decisions.ts'

/** The subject the promises are made about. */
export const SPILLWAY_ALLOW = 'Spillway RateLimiter.allow'

/** Go's limiter, after which ours is modelled. */
export const GO_ALLOW = 'Go x/time/rate Allow'

export const rateAllow: Benchmark = {
  topic: 'rate',
  name: 'rate-allow',
  metric: millionsPerSecond,
  reference: SPILLWAY_ALLOW,
  subjects: {
    [SPILLWAY_ALLOW]: {
      package: 'spillway',
      async measure(scale) {
        const { RateLimiter } = await import('spillway')
        const limiter = new RateLimiter({ ratePerSecond: PLENTY, burst: PLENTY })
        return decide(() => limiter.allow(), scale)
      },
    },
    'limiter TokenBucket.tryRemoveTokens': {
      package: 'limiter',
      async measure(scale) {
        const { TokenBucket } = await import('limiter')
        const bucket = new TokenBucket({ bucketSize: PLENTY, tokensPerInterval: PLENTY, interval: 'second' })
        bucket.content = PLENTY
        return decide(() => bucket.tryRemoveTokens(1), scale)
      },
    },
    'limiter RateLimiter.tryRemoveTokens': {
      package: 'limiter',
      async measure(scale) {
        const { RateLimiter } = await import('limiter')
        const limiter = new RateLimiter({ tokensPerInterval: PLENTY, interval: 'second' })
        return decide(() => limiter.tryRemoveTokens(1), scale)
      },
    },
    '@fastify/rate-limit LocalStore.incr': {
      package: '@fastify/rate-limit',
      async measure(scale) {
        const store = fastifyLocalStore(1)
        const reply = new FastifyReply()
        return decide(() => {
          store.incr('client', reply.done, 1000, PLENTY)
          return reply.current <= PLENTY
        }, scale)
      },
    },
    ...slowAllowSubjects,
    [GO_ALLOW]: { go: 'rate-allow' },
  },
}
