import { describe, expect, it } from 'vitest'
import { fifo, limiterDefaults } from '../policies/limiter-policies.ts'
import { CAPACITY, mixed, steady, step } from '../scenario/catalogue.ts'
import { nextArrivalMs } from './arrivals.ts'
import { EVENTS } from './journal.ts'
import { msUntilGood } from './measure.ts'
import { simulate } from './simulate.ts'

const watch = { warmUpMs: 500, endMs: 3000 }

describe('simulate', () => {
  it('is the same run with the same seed, and another one with another', () => {
    const counts = (seed: number): number[] => {
      const journal = simulate(mixed(2, watch), limiterDefaults(), seed)
      return EVENTS.flatMap((event) => [
        journal.between(event, 0, 1000),
        journal.between(event, 1000, watch.endMs),
      ])
    }
    expect(counts(1)).toEqual(counts(1))
    expect(counts(1)).not.toEqual(counts(2))
  })

  it('shows two policies the same traffic', () => {
    const [a, b] = [fifo(16), limiterDefaults()].map((policy) => simulate(steady(2, watch), policy, 5))
    expect(a!.between('arrived', 0, watch.endMs)).toBe(b!.between('arrived', 0, watch.endMs))
  })

  it('loses nobody: who arrived was answered, late, refused, or is still inside', () => {
    const journal = simulate(steady(2, watch), fifo(20), 1)
    const [attempted, good, late, refused] = (['attempted', 'answered', 'late', 'refused'] as const).map(
      (event) => journal.between(event, 0, watch.endMs),
    )
    const inside = attempted! - good! - late! - refused!
    expect(inside).toBeGreaterThanOrEqual(0)
    expect(inside).toBeLessThanOrEqual(36)
  })

  it('follows the steps of the load', () => {
    const journal = simulate(step({ before: 0.5, after: 2, atMs: 1500 }, watch), fifo(16), 1)
    expect(journal.between('arrived', 0, 1500) / (1.5 * 0.5 * CAPACITY)).toBeCloseTo(1, 1)
    expect(journal.between('arrived', 1500, 3000) / (1.5 * 2 * CAPACITY)).toBeCloseTo(1, 1)
  })
})

describe('nextArrivalMs', () => {
  it('carries the rest of a draw over a step of the rate', () => {
    const load = [
      { fromMs: 0, ratePerSecond: 100 },
      { fromMs: 50, ratePerSecond: 1000 },
    ]
    expect(nextArrivalMs(load, 0, 3)).toBe(30)
    expect(nextArrivalMs(load, 0, 6)).toBe(51)
    expect(nextArrivalMs(load, 60, 5)).toBe(65)
  })

  it('never comes without a rate', () => {
    expect(nextArrivalMs([{ fromMs: 0, ratePerSecond: 0 }], 0, 1)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('msUntilGood', () => {
  it('is 0 where it is good throughout, and Infinity where it never becomes so', () => {
    const span = { fromMs: 500, toMs: 3000 }
    const journal = simulate(steady(0.8, watch), fifo(16), 1)
    expect(msUntilGood([journal], span, 1)).toBe(0)
    expect(msUntilGood([journal], span, 5000)).toBe(Number.POSITIVE_INFINITY)
  })
})
