import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { timeBomb } from './time-bomb.ts'

describe('timeBomb', () => {
  it('warns of the million-item buffer, and says what would do', () => {
    expect(timeBomb({ capacity: 1_000_000, ratePerSecond: 800 })).toBe(
      'Time bomb: a capacity of 1,000,000 holds 1,250 s of work at 800/s, and nobody waits longer than 60 s: ' +
        'once full it serves only what comes too late. Lower it to 48,000 or less, or state it in seconds with forSeconds.',
    )
  })

  it('warns of an unbounded queue at any rate', () => {
    expect(timeBomb({ capacity: Infinity, ratePerSecond: 1e6 })).toContain('a capacity of unbounded')
  })

  it('says nothing while no rate is known', () => {
    expect([timeBomb({ capacity: 1e9 }), timeBomb({ capacity: 1e9, ratePerSecond: 0 })]).toEqual([
      undefined,
      undefined,
    ])
  })

  it('warns exactly when more work is held than the stated patience, at any rate', () => {
    const capacity = fc.integer({ min: 0, max: 1e7 })
    const ratePerSecond = fc.double({ min: 0.01, max: 1e6, noNaN: true })
    const patienceMs = fc.integer({ min: 1, max: 1e6 })
    fc.assert(
      fc.property(capacity, ratePerSecond, patienceMs, (items, rate, patience) => {
        const warning = timeBomb({ capacity: items, ratePerSecond: rate, patienceMs: patience })
        expect(warning !== undefined).toBe((1000 * items) / rate > patience)
      }),
    )
  })

  it('is quiet about the capacity that it recommended', () => {
    const warning = timeBomb({ capacity: 1e6, ratePerSecond: 123.4 })
    const lowered = Number(/Lower it to ([\d,]+)/.exec(warning!)![1]!.replaceAll(',', ''))
    expect(timeBomb({ capacity: lowered, ratePerSecond: 123.4 })).toBeUndefined()
  })

  it.each([
    { capacity: Number.NaN },
    { capacity: -1 },
    { capacity: 1, ratePerSecond: -1 },
    { capacity: 1, patienceMs: Number.NaN },
  ])('refuses %o', (options) => {
    expect(() => timeBomb(options)).toThrow(OptionError)
  })
})
