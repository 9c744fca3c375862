import { describe, expect, it } from 'vitest'
import { rateEvery } from './rate-rules.ts'

describe('rateEvery', () => {
  it('is the rate of once in so many milliseconds, and no limit at 0 or below', () => {
    expect([100, 2000, Infinity, 0, -1].map(rateEvery)).toEqual([10, 0.5, 0, Infinity, Infinity])
  })

  it.each([Number.NaN, undefined, '100'])('does not lift a limit for %s, which is no time', (intervalMs) => {
    // As a program without types would ask.
    expect(() => rateEvery(intervalMs as number)).toThrow('rateEvery: option "intervalMs"')
  })
})
