import { describe, expectTypeOf, it } from 'vitest'
import {
  type BinSeries,
  type BinSnapshot,
  type CapacityInSeconds,
  capacityAt,
  type Diagnosis,
  diagnose,
  forSeconds,
  type OverflowCause,
  type OverflowEvidence,
  type Recommendation,
  recommendCapacity,
  timeBomb,
  type Verdict,
} from '../index.ts'

describe('the types of insight', () => {
  it('take a snapshot and say one of five words', () => {
    expectTypeOf(diagnose).parameter(0).toEqualTypeOf<BinSnapshot>()
    expectTypeOf(diagnose).returns.toEqualTypeOf<Diagnosis>()
    expectTypeOf<BinSeries['snapshot']>().returns.toEqualTypeOf<BinSnapshot>()
    expectTypeOf<Verdict>().toEqualTypeOf<
      'healthy' | 'queue-too-small' | 'consumer-too-slow' | 'inbound-above-capacity' | 'stalled'
    >()
  })

  it('have no evidence for a healthy queue, and a share for each cause', () => {
    expectTypeOf<Diagnosis['evidence']>().toEqualTypeOf<OverflowEvidence | undefined>()
    expectTypeOf<keyof Diagnosis['shares']>().toEqualTypeOf<OverflowCause>()
    expectTypeOf<OverflowCause>().toEqualTypeOf<Exclude<Verdict, 'healthy'>>()
  })

  it('require workers and capacity, service rate, deadline and P99', () => {
    // @ts-expect-error capacity is missing
    const noCapacity: Parameters<typeof diagnose>[1] = { workers: 1 }
    // @ts-expect-error deadlineMs is missing
    const noDeadline: Parameters<typeof recommendCapacity>[0] = { serviceRatePerSecond: 1, serviceP99Ms: 1 }
    expectTypeOf(noCapacity).toBeObject()
    expectTypeOf(noDeadline).toBeObject()
    expectTypeOf(recommendCapacity).returns.toEqualTypeOf<Recommendation>()
  })

  it('make a capacity in seconds immutable data with both bounds', () => {
    expectTypeOf(forSeconds).returns.toEqualTypeOf<CapacityInSeconds>()
    expectTypeOf<CapacityInSeconds>().toEqualTypeOf<{
      readonly seconds: number
      readonly min: number
      readonly max: number
    }>()
    expectTypeOf(capacityAt).parameter(1).toEqualTypeOf<number | undefined>()
    expectTypeOf(timeBomb).returns.toEqualTypeOf<string | undefined>()
  })
})
