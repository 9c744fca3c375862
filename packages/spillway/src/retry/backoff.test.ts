import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { fullJitterBackoff } from './backoff.ts'

describe('fullJitterBackoff', () => {
  it.each([
    { attempt: 1, ceilingMs: 100 },
    { attempt: 2, ceilingMs: 200 },
    { attempt: 3, ceilingMs: 400 },
    { attempt: 6, ceilingMs: 1000 },
    { attempt: 5000, ceilingMs: 1000 },
    { attempt: 0, ceilingMs: 100 },
    { attempt: Number.NaN, ceilingMs: 100 },
  ])('draws from 0 to $ceilingMs ms after attempt $attempt', ({ attempt, ceilingMs }) => {
    const at = (random: number) => fullJitterBackoff({ baseMs: 100, maxMs: 1000, random: () => random })
    expect(at(0)(attempt)).toBe(0)
    expect(at(0.5)(attempt)).toBe(ceilingMs / 2)
  })

  it('stays within its bounds for any attempt and any draw', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (baseMs, maxMs, attempt, draw) => {
          const delayMs = fullJitterBackoff({ baseMs, maxMs, random: () => draw })(attempt)
          expect(delayMs).toBeGreaterThanOrEqual(0)
          expect(delayMs).toBeLessThanOrEqual(Math.min(maxMs, baseMs * 2 ** (attempt - 1)))
        },
      ),
    )
  })

  it('refuses a base of 0, a negative cap and a source of randomness that is no function', () => {
    expect(() => fullJitterBackoff({ baseMs: 0, maxMs: 1 })).toThrow(OptionError)
    expect(() => fullJitterBackoff({ baseMs: 1, maxMs: -1 })).toThrow('option "maxMs"')
    // @ts-expect-error: a number is no source of randomness
    expect(() => fullJitterBackoff({ baseMs: 1, maxMs: 1, random: 0.5 })).toThrow('option "random"')
  })
})
