import { describe, expect, it } from 'vitest'
import { fixed } from './fixed.ts'

describe('fixed', () => {
  it('never moves, and says so', () => {
    const limit = fixed(16)
    const decision = limit.onSample({ endMs: 1, rttMs: 9000, inFlight: 16, dropped: true })
    expect(decision).toEqual({ limit: 16, reason: 'fixed' })
    expect(limit).toMatchObject({ limit: 16, isFixed: true })
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses a limit of %s', (limit) => {
    expect(() => fixed(limit)).toThrow('fixed: option "limit" must be an integer of at least 1, or Infinity')
  })
})
