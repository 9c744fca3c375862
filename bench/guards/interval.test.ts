import { describe, expect, it } from 'vitest'
import { intervalOf, ratios } from './interval.ts'

describe('the interval of paired ratios', () => {
  it('is that of the textbook', () => {
    const { mean, low, high } = intervalOf([1, 2, 3, 4, 5])
    expect(mean).toBe(3)
    expect(low).toBeCloseTo(3 - 2.776 * Math.sqrt(2.5 / 5), 6)
    expect(high).toBeCloseTo(3 + 2.776 * Math.sqrt(2.5 / 5), 6)
  })

  it('has no width without spread, and does not exist for one value', () => {
    expect(intervalOf([2, 2, 2])).toEqual({ mean: 2, low: 2, high: 2 })
    expect(() => intervalOf([1])).toThrow(RangeError)
  })

  it('takes ratios within a round', () => {
    expect(ratios([2, 9], [1, 3])).toEqual([2, 3])
  })
})
