/**
 * The simulator against queueing theory, before anything is claimed with it.
 */
import { ConcurrencyLimiter } from 'spillway'
import { seededRandom, VirtualClock } from 'spillway/testing'
import { describe, expect, it } from 'vitest'
import type { ServiceTime } from '../scenario/scenario.ts'
import { startArrivals } from './arrivals.ts'
import { Backend } from './backend.ts'

interface Station {
  readonly slots: number
  readonly service: ServiceTime
  readonly ratePerSecond: number
  readonly endMs: number
}

/** The mean time in the station, in milliseconds, over all that left it. */
function meanSojournMs({ slots, service, ratePerSecond, endMs }: Station): number {
  const clock = new VirtualClock()
  const backend = new Backend({ slots, service, slowdowns: [] }, clock, seededRandom(11))
  let [left, sumMs] = [0, 0]
  const load = [{ fromMs: 0, ratePerSecond }]
  startArrivals(load, { clock, random: seededRandom(12), endMs }, () => {
    const arrivedMs = clock.nowMs()
    backend.submit(() => {
      left++
      sumMs += clock.nowMs() - arrivedMs
    })
  })
  clock.advanceTo(endMs + 60_000)
  expect(backend.inside).toBe(0)
  return sumMs / left
}

describe('the simulator agrees with theory', () => {
  it('M/M/1: the mean time in the station is 1 / (μ - λ)', () => {
    const station: Station = {
      slots: 1,
      service: { kind: 'exponential', meanMs: 1 },
      ratePerSecond: 700,
      endMs: 400_000,
    }
    expect(meanSojournMs(station) / (1000 / 300)).toBeCloseTo(1, 1)
  })

  it('M/M/16 at 0.8: the mean wait is 1.9 ms on a service of 20 ms (Erlang C)', () => {
    const station: Station = {
      slots: 16,
      service: { kind: 'exponential', meanMs: 20 },
      ratePerSecond: 640,
      endMs: 400_000,
    }
    const waitMs = meanSojournMs(station) - 20
    expect(waitMs).toBeGreaterThan(1.9 * 0.85)
    expect(waitMs).toBeLessThan(1.9 * 1.15)
  })

  it.each([
    { kind: 'fixed' as const, squaredVariation: 0 },
    { kind: 'bimodal' as const, squaredVariation: 2.25 },
  ])('M/G/1 with a service that is $kind: Pollaczek and Khinchine', ({ kind, squaredVariation }) => {
    const service = { kind, meanMs: 1 }
    const expectedMs = 1 + (0.7 / (2 * 0.3)) * (1 + squaredVariation)
    const meanMs = meanSojournMs({ slots: 1, service, ratePerSecond: 700, endMs: 400_000 })
    expect(meanMs / expectedMs).toBeGreaterThan(0.93)
    expect(meanMs / expectedMs).toBeLessThan(1.07)
  })

  it('M/M/1/K: what a limiter with K - 1 waiting loses is (1 - ρ) ρ^K / (1 - ρ^(K + 1))', () => {
    const [rho, K] = [0.9, 9]
    const clock = new VirtualClock()
    const service = { kind: 'exponential' as const, meanMs: 1 }
    const backend = new Backend({ slots: 1, service, slowdowns: [] }, clock, seededRandom(21))
    const limiter = new ConcurrencyLimiter({
      limit: 1,
      maxWaiting: K - 1,
      order: 'fifo',
      maxWaitMs: Number.POSITIVE_INFINITY,
      clock,
    })
    const load = [{ fromMs: 0, ratePerSecond: rho * 1000 }]
    startArrivals(load, { clock, random: seededRandom(22), endMs: 300_000 }, () => {
      limiter.request(
        {},
        {
          onAdmitted: (permit) => backend.submit(() => permit.end()),
          onRefused() {},
          onAborted() {},
        },
      )
    })
    clock.advanceTo(310_000)
    const { received, refused } = limiter.stats()
    const loss = ((1 - rho) * rho ** K) / (1 - rho ** (K + 1))
    expect(refused.ERR_TOO_MANY_WAITING / received / loss).toBeGreaterThan(0.94)
    expect(refused.ERR_TOO_MANY_WAITING / received / loss).toBeLessThan(1.06)
  })
})
