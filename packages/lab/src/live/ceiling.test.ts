import { describe, expect, it } from 'vitest'
import { ceilingAt } from './ceiling.ts'

describe('ceilingAt', () => {
  it('is the demand, then the capacity, when refusing costs nothing that matters', () => {
    expect([0.5, 1, 10].map((times) => ceilingAt(times, 400, undefined))).toEqual([0.5, 1, 1])
    expect(ceilingAt(10, 400, { answerMs: 0.2, refusalMs: 0.02 })).toBe(1)
  })

  it.each([
    [0.02, [0.98, 0.918, 0.816]],
    [0.05, [0.947, 0.789, 0.526]],
    [0.1, [0.889, 0.556, 0]],
  ])('is G(m) = (1 - m k) / (1 - k) where the event loop is the bottleneck, k = %s', (k, expected) => {
    const costs = { answerMs: 2, refusalMs: 2 * k }
    for (const [index, times] of [2, 5, 10].entries()) {
      expect(ceilingAt(times, 500, costs)).toBeCloseTo(expected[index]!, 3)
    }
  })
})
