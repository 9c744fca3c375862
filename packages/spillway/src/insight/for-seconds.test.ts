import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { type CapacityBounds, capacityAt, forSeconds, isForSeconds } from './for-seconds.ts'

describe('forSeconds', () => {
  it('describes itself as plain data that nobody can change', () => {
    const capacity = forSeconds(2, { min: 10, max: 1000 })
    expect(capacity).toEqual({ seconds: 2, min: 10, max: 1000 })
    expect(Object.isFrozen(capacity)).toBe(true)
  })

  it('holds so many seconds of work at the measured rate', () => {
    expect(capacityAt(forSeconds(2, { min: 10, max: 5000 }), 800)).toBe(1600)
  })

  it('is the least before anything was measured, and while nothing is finished', () => {
    const capacity = forSeconds(2, { min: 10, max: 5000 })
    expect([undefined, 0, Number.NaN].map((rate) => capacityAt(capacity, rate))).toEqual([10, 10, 10])
  })

  it('stays a whole number within its bounds at any rate', () => {
    const rates = fc.double({ min: 0, max: 1e9 })
    const sizes = fc.integer({ min: 1, max: 1e6 })
    fc.assert(
      fc.property(
        rates,
        sizes,
        sizes,
        fc.double({ min: 0.001, max: 3600, noNaN: true }),
        (rate, a, b, seconds) => {
          const bounds = { min: Math.min(a, b), max: Math.max(a, b) }
          const items = capacityAt(forSeconds(seconds, bounds), rate)
          expect(Number.isInteger(items)).toBe(true)
          expect(items).toBeGreaterThanOrEqual(bounds.min)
          expect(items).toBeLessThanOrEqual(bounds.max)
        },
      ),
    )
  })

  it('is told from a number and from other objects', () => {
    expect([forSeconds(1, { min: 1, max: 2 }), 5, null, { items: 5 }].map(isForSeconds)).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it.each<[number, object, string]>([
    [0, { min: 1, max: 2 }, '"seconds" must be a finite number above 0, got 0'],
    [Number.NaN, { min: 1, max: 2 }, '"seconds"'],
    [1, { max: 2 }, '"min" is missing'],
    [1, { min: 1 }, '"max" is missing'],
    [1, { min: 0, max: 2 }, '"min" must be an integer of at least 1'],
    [1, { min: 5, max: 2 }, '"max" must be at least "min" (5), got 2'],
    [1, { min: 1, max: Infinity }, '"max"'],
    [1, { min: 1, max: 2, most: 3 }, 'unknown option "most"'],
  ])('refuses %d s within %o', (seconds, wrong, message) => {
    // Wrong on purpose: what a caller without types may pass.
    const bounds = wrong as CapacityBounds
    expect(() => forSeconds(seconds, bounds)).toThrow(OptionError)
    expect(() => forSeconds(seconds, bounds)).toThrow(message)
  })

  it('refuses to do without bounds', () => {
    // @ts-expect-error the bounds must be stated
    expect(() => forSeconds(2)).toThrow('"min" is missing')
  })
})
