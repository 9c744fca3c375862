import { describe, expect, it } from 'vitest'
import { quantile, ratio, summarise } from './statistics.ts'

describe('quantile', () => {
  it('is the middle figure of an odd number, whatever their order', () => {
    expect(quantile([9, 1, 5], 0.5)).toBe(5)
  })

  it('lies half-way between the two middle figures of an even number', () => {
    expect(quantile([1, 2, 10, 20], 0.5)).toBe(6)
  })

  it('interpolates between neighbours at the quartiles', () => {
    expect(quantile([10, 20, 30, 40], 0.25)).toBe(17.5)
    expect(quantile([10, 20, 30, 40], 0.75)).toBe(32.5)
  })

  it('reaches the smallest and the largest figure at its ends', () => {
    expect(quantile([3, 1, 2], 0)).toBe(1)
    expect(quantile([3, 1, 2], 1)).toBe(3)
  })

  it('does not reorder the figures it was given', () => {
    const values = [3, 1, 2]
    quantile(values, 0.5)
    expect(values).toEqual([3, 1, 2])
  })

  it('refuses to answer without a figure', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError)
  })
})

describe('summarise', () => {
  it('gives median, quartiles and how many rounds they come from', () => {
    expect(summarise([5, 1, 2, 3, 4])).toEqual({ median: 3, low: 2, high: 4, count: 5 })
  })

  it('leaves out the rounds that failed', () => {
    expect(summarise([undefined, 7, undefined])).toEqual({ median: 7, low: 7, high: 7, count: 1 })
  })

  it('has no answer when every round failed', () => {
    expect(summarise([undefined, undefined])).toBeUndefined()
  })
})

describe('ratio', () => {
  it('compares within a round, so that a slow round changes nothing', () => {
    expect(ratio([20, 2, 200], [10, 1, 100])).toEqual({ median: 2, low: 2, high: 2, count: 3 })
  })

  it('is the median of the ratios, not the ratio of the medians', () => {
    expect(ratio([1, 10, 12], [1, 1, 3])?.median).toBe(4)
  })

  it('leaves out rounds that lack one of the two', () => {
    expect(ratio([4, undefined, 9], [2, 2, undefined])).toEqual({ median: 2, low: 2, high: 2, count: 1 })
  })

  it('leaves out rounds that would divide by zero', () => {
    expect(ratio([4], [0])).toBeUndefined()
  })
})
