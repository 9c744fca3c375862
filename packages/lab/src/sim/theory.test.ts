/**
 * The checks of `validate`, on fewer arrivals.
 */
import { describe, expect, it } from 'vitest'
import { erlangWaitMs, holds, THEORY_CHECKS } from './theory.ts'

describe('the simulator agrees with theory', () => {
  it.each(THEORY_CHECKS.map((check, index) => [index, check] as const))('check %s holds', (_index, check) => {
    const { name, expected, measured, tolerance } = check(0.2, 1)
    expect(
      holds({ name, expected, measured, tolerance, unit: '' }),
      `${name}: ${expected}, ${measured}`,
    ).toBe(true)
  })

  it('a check that is off by more than its tolerance does not hold', () => {
    const check = { name: '', expected: 100, measured: 106, tolerance: 0.05, unit: '' }
    expect(holds(check)).toBe(false)
    expect(holds({ ...check, measured: 104 })).toBe(true)
  })

  it('Erlang C: 16 slots of 20 ms at 0.8 wait 1.9 ms on average, at 0.95 19.5 ms', () => {
    expect(erlangWaitMs(16, 12.8, 20)).toBeCloseTo(1.9, 1)
    expect(erlangWaitMs(16, 15.2, 20)).toBeCloseTo(19.5, 0)
  })
})
