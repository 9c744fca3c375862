import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram, MAX_TRACKED_MS, MIN_TRACKED_MS, QUANTILE_ERROR } from './histogram.ts'

const trackedMs = fc.oneof(
  fc.double({ min: 0, max: MAX_TRACKED_MS, noNaN: true }),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.double({ min: 0, max: 0.01, noNaN: true }),
  fc.integer({ min: 0, max: 1e7 }),
)
const share = fc.double({ min: 0, max: 1, noNaN: true })

function filled(samples: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const sample of samples) histogram.record(sample)
  return histogram
}

function exactQuantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!
}

function expectWithinError(measured: number, exact: number): void {
  expect(Math.abs(measured - exact)).toBeLessThanOrEqual(Math.max(MIN_TRACKED_MS, exact * QUANTILE_ERROR))
}

describe('Histogram', () => {
  it('answers 0 without samples', () => {
    const histogram = new Histogram()
    expect([histogram.count, histogram.mean, histogram.max, histogram.quantile(0.99)]).toEqual([0, 0, 0, 0])
  })

  it('answers any quantile of any samples within its error bound', () => {
    fc.assert(
      fc.property(fc.array(trackedMs, { minLength: 1, maxLength: 300 }), share, (samples, q) => {
        expectWithinError(filled(samples).quantile(q), exactQuantile(samples, q))
      }),
      { numRuns: 1000 },
    )
  })

  it('never answers less for a larger share, nor more than the largest sample', () => {
    fc.assert(
      fc.property(fc.array(trackedMs, { minLength: 1 }), share, share, (samples, a, b) => {
        const histogram = filled(samples)
        expect(histogram.quantile(Math.min(a, b))).toBeLessThanOrEqual(histogram.quantile(Math.max(a, b)))
        expect(histogram.quantile(Math.max(a, b))).toBeLessThanOrEqual(histogram.max)
      }),
    )
  })

  it('keeps count, mean and maximum exactly', () => {
    const histogram = filled([1, 2, 3, 10])
    expect([histogram.count, histogram.mean, histogram.max, histogram.quantile(1)]).toEqual([4, 4, 10, 10])
  })

  it('takes a share outside 0 to 1 as the nearer of the two', () => {
    const histogram = filled([1, 2, 3])
    expect(histogram.quantile(-1)).toBe(histogram.quantile(0))
    expect(histogram.quantile(7)).toBe(3)
  })

  it('ignores negative samples and NaN, and says so', () => {
    const histogram = new Histogram()
    expect([histogram.record(-1), histogram.record(Number.NaN), histogram.record(-Infinity)]).toEqual([
      false,
      false,
      false,
    ])
    expect(histogram.count).toBe(0)
  })

  it('counts what is too long as the longest it tracks', () => {
    const histogram = filled([1e9, Infinity])
    expect([histogram.count, histogram.max, histogram.mean]).toEqual([2, MAX_TRACKED_MS, MAX_TRACKED_MS])
    expect(histogram.quantile(0.5)).toBeLessThanOrEqual(MAX_TRACKED_MS)
  })

  it('takes two histograms together as if all samples had come to one, merged or not', () => {
    fc.assert(
      fc.property(fc.array(trackedMs), fc.array(trackedMs), share, (left, right, q) => {
        const all = filled([...left, ...right])
        const merged = filled(left)
        expect(merged.quantile(q, filled(right))).toBe(all.quantile(q))
        merged.merge(filled(right))
        expect(merged.quantile(q)).toBe(all.quantile(q))
        expect([merged.count, merged.max]).toEqual([all.count, all.max])
        expect(merged.mean).toBeCloseTo(all.mean, 3)
      }),
    )
  })

  it('is as new after a reset', () => {
    fc.assert(
      fc.property(fc.array(trackedMs), fc.array(trackedMs), share, (before, after, q) => {
        const reused = filled(before)
        reused.reset()
        for (const sample of after) reused.record(sample)
        const fresh = filled(after)
        expect([reused.count, reused.mean, reused.max, reused.quantile(q)]).toEqual([
          fresh.count,
          fresh.mean,
          fresh.max,
          fresh.quantile(q),
        ])
      }),
    )
  })
})
