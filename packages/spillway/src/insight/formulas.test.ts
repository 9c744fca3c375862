import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  burstCapacity,
  deadlineCapacity,
  diffusionCapacity,
  drainMs,
  erlangC,
  kingmanWait,
  lossMM1K,
  placesMM1K,
  retryStableLoad,
} from './formulas.ts'

describe('the formulas of sizing', () => {
  it.each([
    { serviceRatePerSecond: 800, deadlineMs: 200, serviceP99Ms: 92, items: 86 },
    { serviceRatePerSecond: 800, deadlineMs: 5000, serviceP99Ms: 0, items: 4000 },
    { serviceRatePerSecond: 800, deadlineMs: 90, serviceP99Ms: 92, items: 0 },
    { serviceRatePerSecond: 10, deadlineMs: 1100, serviceP99Ms: 800, items: 3 },
  ])(
    'bound a queue by its deadline: $items at $serviceRatePerSecond/s, $deadlineMs ms',
    ({ items, ...given }) => {
      expect(deadlineCapacity(given)).toBe(items)
    },
  )

  it('size for a burst of 6 times the rate: 400 for 100 ms at 800/s, empty after 2 s at load 0.75', () => {
    expect(burstCapacity({ ratePerSecond: 4800, durationMs: 100 }, 800)).toBe(400)
    expect(burstCapacity({ ratePerSecond: 700, durationMs: 100 }, 800)).toBe(0)
    expect(drainMs(400, 800, 600)).toBe(2000)
    expect(drainMs(400, 800, 800)).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([
    [0.5, 6, 9, 19],
    [0.7, 10, 16, 36],
    [0.8, 14, 24, 55],
    [0.9, 23, 44, 110],
    [0.95, 35, 77, 211],
  ])(
    'give the places of M/M/1/K at load %d for 1 %%, 0.1 %%, 1e-6: %i, %i, %i',
    (load, percent, permille, millionth) => {
      expect([placesMM1K(load, 0.01), placesMM1K(load, 0.001), placesMM1K(load, 1e-6)]).toEqual([
        percent,
        permille,
        millionth,
      ])
    },
  )

  it('find the fewest places that keep the loss, at any load and loss', () => {
    const load = fc.double({ min: 0.05, max: 0.995, noNaN: true })
    const loss = fc.double({ min: 1e-9, max: 0.5, noNaN: true })
    fc.assert(
      fc.property(load, loss, (utilisation, most) => {
        const places = placesMM1K(utilisation, most)
        expect(lossMM1K(utilisation, places)).toBeLessThanOrEqual(most * (1 + 1e-6))
        if (places > 0) expect(lossMM1K(utilisation, places - 1)).toBeGreaterThan(most * (1 - 1e-6))
      }),
    )
  })

  it('lose 1/(K + 1) at load 1, and 16.7 % at load 1.2 with any queue: no buffer fixes overload', () => {
    expect(lossMM1K(1, 9)).toBe(0.1)
    expect(placesMM1K(1, 0.1)).toBe(9)
    expect(lossMM1K(1.2, 100)).toBeCloseTo(1 / 6, 6)
    expect(lossMM1K(1.2, 1e6)).toBeCloseTo(1 / 6, 12)
    expect(placesMM1K(1.2, 0.01)).toBe(Number.POSITIVE_INFINITY)
    expect(Number.isFinite(placesMM1K(1.2, 0.2))).toBe(true)
  })

  it.each([
    [0.8, 1, 1, 32],
    [0.8, 4, 1, 73],
    [0.8, 1, 4, 83],
    [0.8, 10, 4, 208],
    [0.8, 25, 1, 363],
    [0.95, 1, 1, 135],
    [0.95, 4, 1, 332],
    [0.95, 1, 4, 342],
    [0.95, 10, 4, 933],
    [0.95, 25, 1, 1710],
  ])(
    'size for 0.1 %% loss by diffusion: load %d, Ca² %i, Cs² %i need %i',
    (utilisation, arrivalScv, serviceScv, items) => {
      const wanted = diffusionCapacity({ utilisation, arrivalScv, serviceScv, loss: 0.001 })
      expect(Math.abs(wanted - items)).toBeLessThanOrEqual(1)
    },
  )

  it.each([
    [0.8, 1, 1, 4],
    [0.8, 4, 1, 10],
    [0.8, 10, 4, 28],
    [0.95, 1, 1, 19],
    [0.95, 4, 1, 47.5],
    [0.95, 10, 4, 133],
  ])(
    'wait by Kingman: load %d, Ca² %i, Cs² %i wait %d service times',
    (utilisation, arrivalScv, serviceScv, times) => {
      expect(kingmanWait({ utilisation, arrivalScv, serviceScv })).toBeCloseTo(times, 6)
    },
  )

  it.each([
    [0.8, 0.305, 1.9],
    [0.9, undefined, 7.4],
    [0.95, undefined, 19.5],
  ])('wait by Erlang C: 16 workers of 20 ms at load %d', (utilisation, probability, meanMs) => {
    const waits = erlangC(16, utilisation)
    if (probability !== undefined) expect(waits).toBeCloseTo(probability, 3)
    expect((waits * 20) / (16 * (1 - utilisation))).toBeCloseTo(meanMs, 1)
  })

  it('make Erlang C the load itself for one worker', () => {
    expect(erlangC(1, 0.7)).toBeCloseTo(0.7, 12)
  })

  it('keep 1, 2, 3 retries stable below 1/2, 1/3, 1/4', () => {
    expect([1, 2, 3].map(retryStableLoad)).toEqual([1 / 2, 1 / 3, 1 / 4])
  })
})
