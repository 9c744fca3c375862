import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { WindowedHistogram, type WindowedHistogramOptions } from './windowed-histogram.ts'

const steps = fc.array(
  fc.record({
    afterMs: fc.double({ min: 0, max: 900, noNaN: true }),
    valueMs: fc.integer({ min: 1, max: 1000 }),
  }),
  { minLength: 1, maxLength: 200 },
)

describe('WindowedHistogram', () => {
  it('counts everything of the last half window and nothing older than the window, at any times', () => {
    fc.assert(
      fc.property(steps, fc.double({ min: 0, max: 2500, noNaN: true }), (samples, silenceMs) => {
        const histogram = new WindowedHistogram({ windowMs: 1000 })
        const times: number[] = []
        let nowMs = 0
        for (const { afterMs, valueMs } of samples) {
          nowMs += afterMs
          times.push(nowMs)
          histogram.record(valueMs, nowMs)
        }
        nowMs += silenceMs
        const count = histogram.count(nowMs)
        expect(count).toBeGreaterThanOrEqual(times.filter((atMs) => atMs > nowMs - 499.999).length)
        expect(count).toBeLessThanOrEqual(times.filter((atMs) => atMs >= nowMs - 1000.001).length)
      }),
    )
  })

  it('forgets a slow past once the window has passed', () => {
    const histogram = new WindowedHistogram({ windowMs: 1000 })
    for (let i = 0; i < 100; i++) histogram.record(500, 0)
    for (let i = 0; i < 100; i++) histogram.record(5, 600)
    expect(histogram.quantile(700)).toBeGreaterThan(490)
    for (let i = 0; i < 100; i++) histogram.record(5, 1050)
    expect(histogram.quantile(1100)).toBeLessThan(5.1)
    expect(histogram.max(1100)).toBe(5)
  })

  it('refreshes its quantile after the stated samples or milliseconds, whichever comes first', () => {
    const histogram = new WindowedHistogram({ windowMs: 60_000, q: 1, refreshSamples: 3, refreshMs: 50 })
    histogram.record(10, 0)
    expect(histogram.quantile(0)).toBe(10)
    histogram.record(20, 1)
    histogram.record(30, 2)
    expect(histogram.quantile(2)).toBe(10)
    histogram.record(40, 3)
    expect(histogram.quantile(3)).toBe(40)
    histogram.record(50, 4)
    expect(histogram.quantile(52)).toBe(40)
    expect(histogram.quantile(53)).toBe(50)
  })

  it('answers any other quantile without a lag', () => {
    const histogram = new WindowedHistogram()
    for (const valueMs of [1, 2, 3, 4]) histogram.record(valueMs, 0)
    expect(histogram.exactQuantile(1, 0)).toBe(4)
    expect(histogram.mean(0)).toBe(2.5)
  })

  it('answers 0 when all is forgotten', () => {
    const histogram = new WindowedHistogram({ windowMs: 1000 })
    histogram.record(7, 0)
    expect([
      histogram.count(5000),
      histogram.mean(5000),
      histogram.max(5000),
      histogram.quantile(5000),
    ]).toEqual([0, 0, 0, 0])
  })

  it('takes a clock that was set back as one that stood, and forgets on from there', () => {
    const histogram = new WindowedHistogram({ windowMs: 1000 })
    histogram.record(7, 10_000)
    histogram.record(9, 0)
    expect([histogram.count(0), histogram.count(500), histogram.count(1000)]).toEqual([2, 2, 0])
  })

  it('ignores negative samples and NaN, and says so', () => {
    const histogram = new WindowedHistogram()
    expect([histogram.record(-1, 0), histogram.record(Number.NaN, 0), histogram.count(0)]).toEqual([
      false,
      false,
      0,
    ])
  })

  it.each<[object, string]>([
    [{ windowMs: 0 }, '"windowMs"'],
    [{ q: 1.1 }, '"q"'],
    [{ refreshMs: Number.NaN }, '"refreshMs"'],
    [{ refreshSamples: 0.5 }, '"refreshSamples"'],
    [{ window: 5 }, '"window"'],
  ])('refuses %o at construction, naming the option', (wrong, named) => {
    const options: WindowedHistogramOptions = wrong
    expect(() => new WindowedHistogram(options)).toThrow(OptionError)
    expect(() => new WindowedHistogram(options)).toThrow(named)
  })
})

describe('totals', () => {
  it('count everything since the beginning by ascending bounds, however much the window has forgotten', () => {
    const histogram = new WindowedHistogram({ windowMs: 100 })
    const values = [1, 3, 7, 30, 30, 200]
    for (let round = 0; round < 40; round++) for (const value of values) histogram.record(value, round * 60)
    const { counts, count, sumMs } = histogram.totals([0.5, 5, 50, 500])
    expect(counts).toEqual([0, 80, 200, 240])
    expect([count, sumMs]).toEqual([240, 40 * 271])
  })

  it('never fall, whatever comes and whenever it is asked', () => {
    const bounds = [1, 10, 100, 1000]
    const samples = fc.array(fc.tuple(fc.double({ min: 0, max: 2000, noNaN: true }), fc.nat(20_000)), {
      maxLength: 100,
    })
    fc.assert(
      fc.property(samples, (drawn) => {
        const histogram = new WindowedHistogram()
        let [nowMs, before] = [0, [0, 0, 0, 0]]
        for (const [index, [valueMs, passedMs]] of drawn.entries()) {
          nowMs += passedMs
          histogram.record(valueMs, nowMs)
          const { counts, count } = histogram.totals(bounds)
          expect(count).toBe(index + 1)
          for (const [bound, seen] of counts.entries()) expect(seen).toBeGreaterThanOrEqual(before[bound]!)
          before = [...counts]
        }
      }),
    )
  })
})
