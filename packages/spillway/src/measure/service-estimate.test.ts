import { describe, expect, it } from 'vitest'
import { MIN_SAMPLES, ServiceEstimate } from './service-estimate.ts'

function estimateOf(serviceMs: number, samples: number): ServiceEstimate {
  const estimate = new ServiceEstimate()
  for (let i = 0; i < samples; i++) estimate.record(serviceMs, i)
  return estimate
}

describe('ServiceEstimate', () => {
  it('predicts nothing below 20 samples', () => {
    const estimate = estimateOf(100, MIN_SAMPLES - 1)
    expect(estimate.ratePerMs(10, 20)).toBe(Number.POSITIVE_INFINITY)
    expect(estimate.paceMs(10, 20)).toBe(0)
    expect(estimate.marginMs(1000, 20)).toBe(0)
    estimate.record(100, 20)
    expect(estimate.ratePerMs(10, 20)).toBeCloseTo(0.1)
    expect(estimate.paceMs(10, 20)).toBeCloseTo(10)
    expect(estimate.marginMs(1000, 20)).toBeCloseTo(100, -1)
  })

  it('counts no sample that is none', () => {
    const estimate = estimateOf(100, MIN_SAMPLES - 1)
    expect(estimate.record(Number.NaN, 20)).toBe(false)
    expect(estimate.record(-1, 20)).toBe(false)
    expect(estimate.samples).toBe(MIN_SAMPLES - 1)
  })

  it('follows a change of the service within some hundred samples', () => {
    const estimate = estimateOf(100, 1000)
    for (let i = 0; i < 320; i++) estimate.record(10, 1000 + i)
    expect(estimate.meanMs).toBeLessThan(11)
  })

  it('sets aside the 99th percentile, and at most three quarters of the budget', () => {
    const estimate = estimateOf(100, 100)
    expect(estimate.marginMs(1000, 100)).toBeCloseTo(100, -1)
    expect(estimate.marginMs(40, 100)).toBe(30)
  })

  it('keeps the last percentile it knew when the recent samples are few', () => {
    const estimate = estimateOf(100, 100)
    const before = estimate.p99Ms(100)
    estimate.record(1, 60_000)
    expect(estimate.p99Ms(60_000)).toBe(before)
  })

  it('bounds the rate by three over the time without a completion, from when it was first asked', () => {
    const estimate = estimateOf(10, 100)
    expect(estimate.ratePerMs(1, 100)).toBeCloseTo(0.1)
    expect(estimate.ratePerMs(1, 130)).toBeCloseTo(0.1)
    expect(estimate.ratePerMs(1, 1100)).toBeCloseTo(0.003)
    expect(estimate.quietMs(1100)).toBe(1000)
    estimate.stirred()
    expect(estimate.ratePerMs(1, 1200)).toBeCloseTo(0.1)
  })
})
