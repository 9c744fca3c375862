import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MAX_RETRY_AFTER_S, retryAfterSeconds } from './retry-after.ts'

it('is a whole number of seconds from 1 to 3, never before the earliest moment that fits, for any refusal', () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(
      fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
      share,
      (retryAfterMs, random) => {
        const seconds = retryAfterSeconds(retryAfterMs, () => random)
        expect(Number.isInteger(seconds)).toBe(true)
        expect(seconds).toBeGreaterThanOrEqual(
          Math.max(1, Math.min((retryAfterMs ?? 0) / 1000, MAX_RETRY_AFTER_S)),
        )
        expect(seconds).toBeLessThanOrEqual(MAX_RETRY_AFTER_S)
      },
    ),
  )
})

it('spreads those who were refused together over all the seconds that are left', () => {
  const shares = [0, 0.4, 0.9]
  expect(shares.map((share) => retryAfterSeconds(undefined, () => share))).toEqual([1, 2, 3])
  expect(shares.map((share) => retryAfterSeconds(1500, () => share))).toEqual([2, 2, 3])
  expect(shares.map((share) => retryAfterSeconds(60_000, () => share))).toEqual([3, 3, 3])
})
