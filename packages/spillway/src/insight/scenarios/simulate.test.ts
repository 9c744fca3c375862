import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../testing/seeded-random.ts'
import { erlangC, lossMM1K } from '../formulas.ts'
import type { Scenario } from './scenario.ts'
import { simulate } from './simulate.ts'

const total = (column: ArrayLike<number>): number => Array.from(column).reduce((sum, value) => sum + value, 0)

function play(part: Partial<Scenario>): ReturnType<typeof simulate> {
  const scenario: Scenario = {
    family: 'theory',
    expected: 'healthy',
    workers: 1,
    serviceMs: 1,
    serviceScv: 1,
    capacity: 1e9,
    arrivals: [{ untilMs: 100_000, ratePerMs: 0.8 }],
    ...part,
  }
  return simulate(scenario, { arrivals: seededRandom(1), service: seededRandom(2) })
}

describe('the simulator of scenarios', () => {
  it('loses what an M/M/1/K queue loses by theory', () => {
    const bins = play({ capacity: 4 })
    expect(total(bins.drops) / total(bins.arrivals)).toBeCloseTo(lossMM1K(0.8, 5), 2)
  })

  it('loses next to nothing where theory says so, and keeps all workers as busy as the load asks', () => {
    const bins = play({ workers: 8, serviceMs: 8, capacity: 200 })
    expect(erlangC(8, 0.8)).toBeLessThan(0.5)
    expect(total(bins.drops)).toBe(0)
    expect(total(bins.busyMs) / 100_000 / 8).toBeCloseTo(0.8, 1)
  })

  it('makes service times with the mean and variation asked for', () => {
    const bins = play({ serviceScv: 4, arrivals: [{ untilMs: 100_000, ratePerMs: 0.5 }] })
    const mean = total(bins.serviceSumMs) / total(bins.completions)
    expect(mean).toBeCloseTo(1, 1)
    expect(total(bins.serviceSquares) / total(bins.completions) / mean ** 2 - 1).toBeCloseTo(4, 0)
  })

  it('loses no item: what arrived was dropped, finished, or is still there', () => {
    const bins = play({ capacity: 3, stalls: [{ fromMs: 5000, untilMs: 8000 }] })
    const present = total(bins.arrivals) - total(bins.drops) - total(bins.completions)
    expect(present).toBeGreaterThanOrEqual(0)
    expect(present).toBeLessThanOrEqual(4)
  })

  it('finishes nothing in a stall', () => {
    const bins = play({ stalls: [{ fromMs: 5000, untilMs: 8000 }] })
    const stalled = Array.from(bins.completions).filter((count, bin) => {
      const fromMs = bins.startMs + bin * bins.binMs
      return fromMs >= 5000 && fromMs + bins.binMs <= 8000 && count > 0
    })
    expect(stalled).toEqual([])
  })

  it('slows work down by the factor asked for', () => {
    const slowdown = { fromMs: 0, untilMs: 100_000, rampMs: 0, factor: 3 }
    const bins = play({ slowdown, arrivals: [{ untilMs: 100_000, ratePerMs: 0.2 }] })
    expect(total(bins.serviceSumMs) / total(bins.completions)).toBeCloseTo(3, 0)
  })

  it('plays the same for the same seeds', () => {
    expect(play({})).toEqual(play({}))
  })
})
