/**
 * Peers of the admission benchmark that answer with a promise.
 */
import type { Subject } from '../../harness/benchmark.ts'
import { decideAsync, PLENTY } from './decisions.ts'

export const slowAllowSubjects: Readonly<Record<string, Subject>> = {
  'express-rate-limit MemoryStore, await': {
    package: 'express-rate-limit',
    async measure(scale) {
      const { MemoryStore } = await import('express-rate-limit')
      const store = new MemoryStore()
      store.windowMs = 60_000
      return decideAsync(async () => (await store.increment('client')).totalHits <= PLENTY, scale)
    },
  },
  'rate-limiter-flexible memory, await': {
    package: 'rate-limiter-flexible',
    async measure(scale) {
      const { RateLimiterMemory } = await import('rate-limiter-flexible')
      const limiter = new RateLimiterMemory({ points: PLENTY, duration: 1 })
      return decideAsync(async () => (await limiter.consume('client')).remainingPoints >= 0, scale)
    },
  },
  'limiter RateLimiter.removeTokens, await': {
    package: 'limiter',
    async measure(scale) {
      const { RateLimiter } = await import('limiter')
      const limiter = new RateLimiter({ tokensPerInterval: PLENTY, interval: 'second' })
      return decideAsync(async () => (await limiter.removeTokens(1)) >= 0, scale)
    },
  },
  'p-throttle, await': {
    package: 'p-throttle',
    async measure(scale) {
      const { default: pThrottle } = await import('p-throttle')
      const ask = pThrottle({ limit: PLENTY, interval: 1000 })(async () => true)
      return decideAsync(() => ask(), scale)
    },
  },
  'effect RateLimiter, token bucket in memory': {
    package: 'effect',
    async measure(scale) {
      const { Effect, Layer } = await import('effect')
      const { RateLimiter } = await import('effect/persistence')
      const layer = RateLimiter.layer.pipe(Layer.provide(RateLimiter.layerStoreMemory))
      const limiter = await Effect.runPromise(RateLimiter.RateLimiter.pipe(Effect.provide(layer)))
      const ask = limiter.consume({
        algorithm: 'token-bucket',
        onExceeded: 'fail',
        window: '1 second',
        limit: PLENTY,
        key: 'client',
      })
      return decideAsync(async () => (await Effect.runPromise(ask)).remaining >= 0, scale)
    },
  },
  'bottleneck schedule, await': {
    package: 'bottleneck',
    async measure(scale) {
      const { default: Bottleneck } = await import('bottleneck')
      const limiter = new Bottleneck({ reservoir: PLENTY })
      return decideAsync(() => limiter.schedule(async () => true), scale)
    },
  },
}
