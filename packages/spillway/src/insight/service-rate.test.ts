import { describe, expect, it } from 'vitest'
import { BinSeries } from '../measure/bins.ts'
import { queueFacts } from './queue-facts.ts'
import { busyServicePerBin, serviceInEachBin } from './service-rate.ts'

/** Two workers that each take `serviceMs`, one after the other, for `forMs`; `depth` items wait. */
function record(
  series: BinSeries,
  work: { fromMs: number; forMs: number; serviceMs: number; depth: number },
): void {
  const { fromMs, forMs, serviceMs, depth } = work
  for (let atMs = fromMs; atMs < fromMs + forMs; atMs += serviceMs) {
    for (let worker = 0; worker < 2; worker++) series.started(atMs)
    series.queued(atMs, depth)
    for (let worker = 0; worker < 2; worker++) series.completed(atMs + serviceMs, serviceMs)
  }
}

const queue = queueFacts({ workers: 4, capacity: 100 })

describe('the service rate', () => {
  it('is what all workers could do, although half of them were idle', () => {
    const series = new BinSeries()
    record(series, { fromMs: 0, forMs: 3000, serviceMs: 10, depth: 0 })
    const bins = series.snapshot(3000)
    expect(busyServicePerBin(bins, { from: 0, to: 30 }, queue)).toBeCloseTo(40, 0)
  })

  it('is unknown when nothing was done', () => {
    expect(busyServicePerBin(new BinSeries().snapshot(0), { from: 0, to: 0 }, queue)).toBeUndefined()
  })

  it('is never more than the start rate allows', () => {
    const series = new BinSeries()
    record(series, { fromMs: 0, forMs: 3000, serviceMs: 10, depth: 0 })
    const slow = queueFacts({ workers: 4, capacity: 100, startRatePerSecond: 50 })
    expect(busyServicePerBin(series.snapshot(3000), { from: 0, to: 30 }, slow)).toBe(5)
  })

  it('is nothing in a stall, also where the smoothing would reach over it', () => {
    const series = new BinSeries()
    record(series, { fromMs: 0, forMs: 2000, serviceMs: 10, depth: 50 })
    for (let worker = 0; worker < 2; worker++) series.started(2000)
    record(series, { fromMs: 3000, forMs: 1000, serviceMs: 10, depth: 50 })
    const bins = series.snapshot(4000)
    const perBin = serviceInEachBin(bins, { from: 0, to: 40 }, { ...queue, usualPerBin: 40 })
    expect(perBin.slice(21, 30)).toEqual(new Array(9).fill(0))
    expect(perBin[10]).toBeCloseTo(40, 0)
    expect(perBin[18]).toBeGreaterThan(33)
  })

  it('is the usual one where there was little to do, and what was done where something holds the workers back', () => {
    const series = new BinSeries()
    series.queued(0, 0)
    series.queued(500, 60)
    for (let atMs = 510; atMs < 1500; atMs += 50) {
      series.started(atMs)
      series.completed(atMs + 1, 1)
    }
    const bins = series.snapshot(1499)
    const perBin = serviceInEachBin(bins, { from: 0, to: 15 }, { ...queue, usualPerBin: 40 })
    expect(perBin.slice(0, 4)).toEqual([40, 40, 40, 40])
    expect(perBin.slice(6, 14)).toEqual(new Array(8).fill(2))
  })
})
