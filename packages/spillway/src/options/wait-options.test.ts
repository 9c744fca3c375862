import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { waitBoundMs } from './wait-options.ts'

describe('waitBoundMs', () => {
  it('is the smaller of the two bounds, for any bounds, and infinite without one', () => {
    const bound = fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined })
    fc.assert(
      fc.property(bound, bound, (timeoutMs, finishWithinMs) => {
        const expected = Math.min(
          timeoutMs ?? Number.POSITIVE_INFINITY,
          finishWithinMs ?? Number.POSITIVE_INFINITY,
        )
        expect(waitBoundMs('Channel', { timeoutMs, finishWithinMs })).toBe(expected)
      }),
    )
  })

  it.each([
    ['timeoutMs', -1, '-1'],
    ['timeoutMs', Number.NaN, 'NaN'],
    ['finishWithinMs', -0.5, '-0.5'],
  ])('refuses %s of %s, naming who was asked, the bound and the value', (option, value, shown) => {
    expect(() => waitBoundMs('Channel.send', { [option]: value })).toThrow(
      `Channel.send: option "${option}" must be a number of milliseconds of at least 0, got ${shown}`,
    )
  })
})
