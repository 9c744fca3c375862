import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { TimeBudget } from './time-budget.ts'

describe('TimeBudget', () => {
  it.each([
    { nowMs: 1000, left: 250, passOn: 250 },
    { nowMs: 1100.4, left: 149.6, passOn: 149 },
    { nowMs: 1249.5, left: 0.5, passOn: undefined },
    { nowMs: 1250, left: 0, passOn: undefined },
    { nowMs: 9000, left: 0, passOn: undefined },
  ])(
    'of 250 ms begun at 1000, $left are left at $nowMs, and $passOn are passed on',
    ({ nowMs, left, passOn }) => {
      const budget = new TimeBudget(250, 1000)
      expect(budget.remainingMs(nowMs)).toBeCloseTo(left, 9)
      expect(budget.toPassOnMs(nowMs)).toBe(passOn)
      expect(budget.isSpent(nowMs)).toBe(left === 0)
    },
  )

  it('keeps a margin, and passes on no more than allowed', () => {
    const budget = new TimeBudget(250, 0)
    expect(budget.toPassOnMs(50, { marginMs: 20 })).toBe(180)
    expect(budget.toPassOnMs(50, { maxMs: 100 })).toBe(100)
    expect(budget.toPassOnMs(50, { marginMs: 200 })).toBeUndefined()
  })

  it('passes on "no bound" as such', () => {
    expect(new TimeBudget(Number.POSITIVE_INFINITY, 0).toPassOnMs(1e9)).toBe(Number.POSITIVE_INFINITY)
  })

  it("is never longer than the server's own bound", () => {
    expect(new TimeBudget(60_000, 0).within(1000, 10).remainingMs(10)).toBe(1000)
    expect(new TimeBudget(500, 0).within(1000, 100).remainingMs(200)).toBe(300)
  })

  it('never grows, whatever the clock does, and is never negative', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 50 }),
        (totalMs, times) => {
          const budget = new TimeBudget(totalMs, 0)
          let last = totalMs
          for (const nowMs of times) {
            const left = budget.remainingMs(nowMs)
            expect(left).toBeGreaterThanOrEqual(0)
            expect(left).toBeLessThanOrEqual(last)
            last = left
          }
        },
      ),
    )
  })

  it.each([-1, Number.NaN])('refuses a budget of %s', (totalMs) => {
    expect(() => new TimeBudget(totalMs, 0)).toThrow(OptionError)
  })
})
