import { describe, expectTypeOf, it } from 'vitest'
import type { Gate, Permit, Refusal } from '../gate/gate.ts'
import type { KeyedRateLimiter, KeyedRateLimiterOptions, KeyedRateStats } from './keyed-rate-limiter.ts'
import type { RateReservation } from './rate-desk.ts'
import type { RateLimiter, RateLimiterOptions } from './rate-limiter.ts'
import type { RateRefusalCode, RateStats } from './rate-stats.ts'
import type { Sometimes } from './sometimes.ts'
import type { Grant, TokenBucket } from './token-bucket.ts'

describe('the types of rates', () => {
  it('are gates', () => {
    expectTypeOf<RateLimiter>().toExtend<Gate>()
    expectTypeOf<KeyedRateLimiter>().toExtend<Gate>()
    expectTypeOf<ReturnType<RateLimiter['tryEnter']>>().toEqualTypeOf<Permit | Refusal>()
  })

  it('answer with plain values', () => {
    expectTypeOf<RateLimiter['allow']>().toEqualTypeOf<(n?: number) => boolean>()
    expectTypeOf<RateLimiter['reserve']>().toEqualTypeOf<(n?: number) => RateReservation>()
    expectTypeOf<ReturnType<RateLimiter['wait']>>().toEqualTypeOf<Promise<void>>()
    expectTypeOf<KeyedRateLimiter['allow']>().toEqualTypeOf<(key: string, n?: number) => boolean>()
    expectTypeOf<ReturnType<TokenBucket['reserve']>>().toEqualTypeOf<Grant | undefined>()
    expectTypeOf<Sometimes['run']>().toEqualTypeOf<(action: () => void) => boolean>()
  })

  it('leave no bound unstated that has no default', () => {
    expectTypeOf<{ ratePerSecond: number; burst: number }>().toExtend<RateLimiterOptions>()
    expectTypeOf<{
      ratePerSecond: number
      burst: number
      maxKeys: number
    }>().toExtend<KeyedRateLimiterOptions>()
    // @ts-expect-error: a bounded number of keys is not optional
    expectTypeOf({ ratePerSecond: 1, burst: 1 }).toExtend<KeyedRateLimiterOptions>()
  })

  it('name every refusal in the ledger', () => {
    expectTypeOf<keyof RateStats['refused']>().toEqualTypeOf<RateRefusalCode>()
    expectTypeOf<KeyedRateStats>().toExtend<RateStats>()
  })
})
