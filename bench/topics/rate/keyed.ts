/**
 * Question: what does one admission cost, when each of 10,000 clients has a rate of its own?
 * Workload: 10,000 string keys asked for in a fixed random order, every ask admitted, no key ever evicted.
 * Read it as: the price of the look-up beside the decision. Of the packages compared only Spillway and
 *   `@fastify/rate-limit` bound their keys; the plain maps would grow for ever.
 */
import { type Benchmark, millionsPerSecond } from '../../harness/benchmark.ts'
import { decide, decideAsync, FastifyReply, fastifyLocalStore, PLENTY } from './decisions.ts'

const KEYS = 10_000

/** The subject the promise is made about, and whom it is compared with. */
export const SPILLWAY_KEYED = 'Spillway KeyedRateLimiter.allow'
export const FLEXIBLE_KEYED = 'rate-limiter-flexible memory, await'

export const rateKeyed: Benchmark = {
  topic: 'rate',
  name: 'rate-keyed',
  metric: millionsPerSecond,
  reference: SPILLWAY_KEYED,
  subjects: {
    [SPILLWAY_KEYED]: {
      package: 'spillway',
      async measure(scale) {
        const { KeyedRateLimiter } = await import('spillway')
        const limiter = new KeyedRateLimiter({ ratePerSecond: PLENTY, burst: PLENTY, maxKeys: KEYS })
        const nextKey = await keysInRandomOrder()
        return decide(() => limiter.allow(nextKey()), scale)
      },
    },
    [FLEXIBLE_KEYED]: {
      package: 'rate-limiter-flexible',
      async measure(scale) {
        const { RateLimiterMemory } = await import('rate-limiter-flexible')
        const limiter = new RateLimiterMemory({ points: PLENTY, duration: 60 })
        const nextKey = await keysInRandomOrder()
        return decideAsync(async () => (await limiter.consume(nextKey())).remainingPoints >= 0, scale)
      },
    },
    '@fastify/rate-limit LocalStore.incr': {
      package: '@fastify/rate-limit',
      async measure(scale) {
        const store = fastifyLocalStore(KEYS)
        const reply = new FastifyReply()
        const nextKey = await keysInRandomOrder()
        return decide(() => {
          store.incr(nextKey(), reply.done, 1000, PLENTY)
          return reply.current <= PLENTY
        }, scale)
      },
    },
    'express-rate-limit MemoryStore, await': {
      package: 'express-rate-limit',
      async measure(scale) {
        const { MemoryStore } = await import('express-rate-limit')
        const store = new MemoryStore()
        store.windowMs = 60_000
        const nextKey = await keysInRandomOrder()
        return decideAsync(async () => (await store.increment(nextKey())).totalHits <= PLENTY, scale)
      },
    },
    'Map of limiter TokenBucket, no bound': {
      package: 'limiter',
      async measure(scale) {
        const { TokenBucket } = await import('limiter')
        const nextKey = await keysInRandomOrder()
        const buckets = new Map<string, InstanceType<typeof TokenBucket>>()
        return decide(() => {
          const key = nextKey()
          let bucket = buckets.get(key)
          if (!bucket) {
            bucket = new TokenBucket({ bucketSize: PLENTY, tokensPerInterval: PLENTY, interval: 'second' })
            bucket.content = PLENTY
            buckets.set(key, bucket)
          }
          return bucket.tryRemoveTokens(1)
        }, scale)
      },
    },
    'Go map of x/time/rate under a mutex, no bound': { go: 'rate-keyed' },
  },
}

/** Gives one key after the other, in an order that is random and always the same. */
async function keysInRandomOrder(): Promise<() => string> {
  const { seededRandom } = await import('spillway/testing')
  const random = seededRandom(7)
  const keys = Array.from({ length: 4 * KEYS }, () => `client-${Math.floor(random() * KEYS)}`)
  let next = 0
  return () => {
    next = next + 1 < keys.length ? next + 1 : 0
    return keys[next]!
  }
}
