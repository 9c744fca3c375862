import type { Cluster, Redis as Ioredis } from 'ioredis'
import type { Redis as Iovalkey } from 'iovalkey'
import type { createClient, createCluster } from 'redis'
import type { AsyncGate, Gate, OverloadCode } from 'spillway'
import { describe, expectTypeOf, it } from 'vitest'
import type {
  fromIoredis,
  fromNodeRedis,
  LeasedRateLimiter,
  LeasedRateLimiterOptions,
  RedisRateLimiter,
  RedisRateLimiterOptions,
  RedisRateStats,
} from './index.ts'

describe('the types', () => {
  it('make gates of both limiters', () => {
    expectTypeOf<RedisRateLimiter>().toExtend<AsyncGate>()
    expectTypeOf<LeasedRateLimiter>().toExtend<Gate>()
    expectTypeOf<RedisRateLimiter>().not.toExtend<Gate>()
  })

  it('take the clients as they are', () => {
    expectTypeOf<Ioredis | Cluster | Iovalkey>().toExtend<Parameters<typeof fromIoredis>[0]>()
    expectTypeOf<ReturnType<typeof createClient>>().toExtend<Parameters<typeof fromNodeRedis>[0]>()
    expectTypeOf<ReturnType<typeof createCluster>>().toExtend<Parameters<typeof fromNodeRedis>[0]>()
  })

  it('leave no choice but to say what happens while Redis is away', () => {
    type Choice = RedisRateLimiterOptions['whenUnavailable']
    expectTypeOf<Choice>().toEqualTypeOf<LeasedRateLimiterOptions['whenUnavailable']>()
    expectTypeOf<Omit<RedisRateLimiterOptions, 'whenUnavailable'>>().not.toExtend<RedisRateLimiterOptions>()
    expectTypeOf<'refuse' | 'allow'>().toExtend<Choice>()
    expectTypeOf<{ local: { share: number } }>().toExtend<Choice>()
  })

  it('count refusals by code', () => {
    expectTypeOf<RedisRateStats['refused']>().toEqualTypeOf<Readonly<Partial<Record<OverloadCode, number>>>>()
  })
})
