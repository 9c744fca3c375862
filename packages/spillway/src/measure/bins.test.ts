import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { BinSeries } from './bins.ts'

const total = (column: ArrayLike<number>): number => Array.from(column).reduce((sum, value) => sum + value, 0)

describe('BinSeries', () => {
  it('counts each event in the bin of its time', () => {
    const series = new BinSeries({ binMs: 100, bins: 4 })
    series.arrived(1000)
    series.arrived(1099, true)
    series.dropped(1150)
    series.started(1200)
    series.completed(1210, 10)
    const seen = series.snapshot(1250)
    expect(seen.startMs).toBe(1000)
    expect(Array.from(seen.arrivals)).toEqual([2, 0, 0])
    expect(Array.from(seen.retries)).toEqual([1, 0, 0])
    expect(Array.from(seen.drops)).toEqual([0, 1, 0])
    expect(Array.from(seen.completions)).toEqual([0, 0, 1])
    expect(Array.from(seen.serviceSumMs)).toEqual([0, 0, 10])
    expect(Array.from(seen.serviceSquares)).toEqual([0, 0, 100])
    expect(seen.lastBinMs).toBe(50)
  })

  it('spreads work over the bins in which it was done, begun work included', () => {
    const series = new BinSeries({ binMs: 100, bins: 8 })
    series.started(50)
    series.started(100)
    series.completed(330, 280)
    expect(Array.from(series.snapshot(350).busyMs)).toEqual([150, 200, 180, 0])
    expect(series.busyWorkers).toBe(1)
  })

  it('carries the depth into the bins in which nothing happened', () => {
    const series = new BinSeries({ binMs: 100, bins: 8 })
    series.queued(0, 3)
    series.queued(10, 7)
    series.queued(20, 5)
    series.queued(350, 0)
    expect(Array.from(series.snapshot(450).maxDepth)).toEqual([7, 5, 5, 5, 0])
  })

  it('keeps the last bins only, oldest first', () => {
    const series = new BinSeries({ binMs: 10, bins: 3 })
    for (let bin = 0; bin < 7; bin++) {
      for (let i = 0; i <= bin; i++) series.arrived(bin * 10)
    }
    const seen = series.snapshot(65)
    expect([seen.startMs, ...Array.from(seen.arrivals)]).toEqual([40, 5, 6, 7])
  })

  it('knows after a silence longer than the ring how deep and how busy it was meanwhile', () => {
    const series = new BinSeries({ binMs: 10, bins: 3 })
    series.arrived(0)
    series.queued(0, 9)
    series.started(0)
    const seen = series.snapshot(1_000_005)
    expect(Array.from(seen.arrivals)).toEqual([0, 0, 0])
    expect(Array.from(seen.maxDepth)).toEqual([9, 9, 9])
    expect(Array.from(seen.busyMs)).toEqual([10, 10, 5])
    expect(seen.startMs).toBe(999_980)
  })

  it('loses no event and no worker-millisecond while all bins are kept, at any times', () => {
    const step = fc.tuple(
      fc.constantFrom('arrive', 'drop', 'start', 'end'),
      fc.double({ min: 0, max: 70, noNaN: true }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const series = new BinSeries({ binMs: 10, bins: 2000 })
        const expected = { arrive: 0, drop: 0, end: 0, busyMs: 0 }
        let nowMs = 0
        let busy = 0
        for (const [event, afterMs] of steps) {
          nowMs += afterMs
          expected.busyMs += busy * afterMs
          if (event === 'arrive') series.arrived(nowMs)
          else if (event === 'drop') series.dropped(nowMs)
          else if (event === 'start') series.started(nowMs)
          else series.completed(nowMs, 1)
          if (event === 'start') busy++
          else if (event === 'end') busy = Math.max(0, busy - 1)
          if (event !== 'start') expected[event]++
        }
        const seen = series.snapshot(nowMs)
        expect([total(seen.arrivals), total(seen.drops), total(seen.completions)]).toEqual([
          expected.arrive,
          expected.drop,
          expected.end,
        ])
        expect(total(seen.busyMs)).toBeCloseTo(expected.busyMs, 6)
      }),
    )
  })

  it('counts a batch as its items, and work that does not count as none', () => {
    const series = new BinSeries()
    series.started(0)
    series.completed(40, 40, 8)
    series.started(40)
    series.completed(50, 10, 0)
    const seen = series.snapshot(50)
    expect([total(seen.completions), total(seen.serviceSumMs), total(seen.serviceSquares)]).toEqual([
      8, 40, 200,
    ])
    expect([total(seen.busyMs), series.busyWorkers]).toEqual([50, 0])
  })

  it('counts drops one by one or many at once', () => {
    const series = new BinSeries()
    series.dropped(0)
    series.dropped(0, 5)
    expect(total(series.snapshot(0).drops)).toBe(6)
  })

  it('takes a clock that was set back as one that stood, and no time as no time', () => {
    const series = new BinSeries({ binMs: 100, bins: 4 })
    series.started(500)
    series.arrived(450)
    for (const noTimeMs of [Number.NaN, Infinity, -Infinity]) series.arrived(noTimeMs)
    series.completed(100, Number.NaN)
    const seen = series.snapshot(0)
    expect([seen.startMs, total(seen.arrivals), total(seen.busyMs), total(seen.serviceSumMs)]).toEqual([
      0, 4, 0, 0,
    ])
  })

  it('goes on with times too large to hold a bin, such as nanoseconds since 1970', () => {
    const series = new BinSeries({ binMs: 100, bins: 4 })
    for (let i = 0; i < 10; i++) series.arrived(1.7e18 + i * 1e6)
    expect(series.snapshot(1.7e18 + 1e7).arrivals).toHaveLength(4)
  })

  it('gives a copy: later events do not change a snapshot', () => {
    const series = new BinSeries()
    series.arrived(0)
    const seen = series.snapshot(0)
    series.arrived(0)
    expect(total(seen.arrivals)).toBe(1)
  })

  it.each([{ binMs: 0 }, { bins: 1 }, { bins: 1e9 }])('refuses %o at construction', (options) => {
    expect(() => new BinSeries(options)).toThrow(OptionError)
  })
})
