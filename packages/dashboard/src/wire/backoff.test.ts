import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { retryDelayMs } from './backoff.ts'

describe('the pause before the next attempt', () => {
  it('doubles with each failure, up to ten seconds', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7].map((failures) => retryDelayMs(failures, () => 1))
    expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  it('is never longer than ten seconds nor shorter than a quarter of one, however often it failed', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), share, (failures, random) => {
        const ms = retryDelayMs(failures, () => random)
        expect(ms).toBeGreaterThanOrEqual(250)
        expect(ms).toBeLessThanOrEqual(10_000)
      }),
    )
  })
})
