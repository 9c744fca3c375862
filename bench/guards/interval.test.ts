import { describe, expect, it } from 'vitest'
import { intervalOf, ratios } from './interval.ts'

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('the interval of paired ratios', () => {
  it.each([
    [15, 8, 4, 12],
    [9, 5, 2, 8],
    [6, 3.5, 1, 6],
    [3, 2, 1, 3],
  ])(
    'of %i values has the median %d, and reaches from the value number %i to number %i',
    (count, median, low, high) => {
      expect(intervalOf(upTo(count).toReversed())).toEqual({ median, low, high })
    },
  )

  it('is not moved by an outlier', () => {
    expect(intervalOf([...upTo(14), 1e9])).toEqual({ median: 8, low: 4, high: 12 })
  })

  it('takes ratios within a round, and does not exist without values', () => {
    expect(ratios([2, 9], [1, 3])).toEqual([2, 3])
    expect(() => intervalOf([])).toThrow(RangeError)
  })
})
