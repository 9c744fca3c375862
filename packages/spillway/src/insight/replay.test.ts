import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { replay } from './replay.ts'

const flow = fc
  .array(
    fc.tuple(fc.double({ min: 0, max: 500, noNaN: true }), fc.double({ min: 0, max: 500, noNaN: true })),
    {
      maxLength: 100,
    },
  )
  .map((bins) => ({ arrivals: bins.map(([arrived]) => arrived), service: bins.map(([, served]) => served) }))

describe('replay', () => {
  it('drops what finds no place, and carries the rest over', () => {
    expect(replay({ arrivals: [10, 10, 0], service: [4, 4, 4] }, 8)).toEqual({ drops: 4, peak: 8 })
  })

  it('drops nothing without a bound, and tells the depth that would be reached', () => {
    expect(replay({ arrivals: [10, 10, 0], service: [4, 4, 4] }, Number.POSITIVE_INFINITY)).toEqual({
      drops: 0,
      peak: 12,
    })
  })

  it('drops less with more capacity or faster work, and never more than what is over, for any flow', () => {
    fc.assert(
      fc.property(flow, fc.nat(1000), fc.nat(1000), (given, capacity, more) => {
        const { drops, peak } = replay(given, capacity)
        const faster = { ...given, service: given.service.map((served) => served + 1) }
        expect(replay(given, capacity + more).drops).toBeLessThanOrEqual(drops + 1e-6)
        expect(replay(faster, capacity).drops).toBeLessThanOrEqual(drops + 1e-6)
        expect(drops).toBeLessThanOrEqual(given.arrivals.reduce((sum, arrived) => sum + arrived, 0) + 1e-6)
        expect(peak).toBeLessThanOrEqual(capacity)
      }),
    )
  })
})
