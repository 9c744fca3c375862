/**
 * One promise of everything here that takes the time: a clock that is set back counts as no time passed, and goes on
 * from there. What was told by such a clock is what would have been told by one that only ever went forward.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BinSeries } from './bins.ts'
import { ServiceEstimate } from './service-estimate.ts'
import { SlidingSum } from './sliding-sum.ts'
import { WindowedHistogram } from './windowed-histogram.ts'

/** Something that takes the time, and all that it says. */
interface Taker {
  record(value: number, nowMs: number): void
  answers(nowMs: number): unknown
}

const takers: Readonly<Record<string, () => Taker>> = {
  SlidingSum() {
    const sliding = new SlidingSum({ windowMs: 1000 })
    return {
      record: (value, nowMs) => sliding.add(value, nowMs),
      answers: (nowMs) => [sliding.sum(nowMs), sliding.ratePerSecond(nowMs)],
    }
  },
  WindowedHistogram() {
    const histogram = new WindowedHistogram({ windowMs: 1000, refreshSamples: 3 })
    return {
      record: (value, nowMs) => histogram.record(value, nowMs),
      answers: (nowMs) => [
        histogram.count(nowMs),
        histogram.mean(nowMs),
        histogram.max(nowMs),
        histogram.quantile(nowMs),
        histogram.exactQuantile(0.5, nowMs),
        histogram.totals([10, 100]),
      ],
    }
  },
  ServiceEstimate() {
    const estimate = new ServiceEstimate()
    return {
      record(value, nowMs) {
        for (let i = 0; i < 10; i++) estimate.record(value, nowMs)
        if (value > 50) estimate.stirred()
      },
      answers: (nowMs) => [
        estimate.quietMs(nowMs),
        estimate.ratePerMs(2, nowMs),
        estimate.p99Ms(nowMs),
        estimate.paceMs(2, nowMs),
        estimate.marginMs(1000, nowMs),
        estimate.quantileMs(0.5, nowMs),
      ],
    }
  },
  BinSeries() {
    const series = new BinSeries({ binMs: 100, bins: 20 })
    return {
      record(value, nowMs) {
        series.arrived(nowMs, value > 90)
        series.queued(nowMs, value)
        if (value > 60) series.started(nowMs)
        else if (value > 20) series.completed(nowMs, value)
        else series.dropped(nowMs)
      },
      answers(nowMs) {
        const { startMs, ...seen } = series.snapshot(nowMs)
        return { ...seen, sinceStartMs: nowMs - startMs }
      },
    }
  },
}

type Step = { readonly do: 'record' | 'pass' | 'set back'; readonly by: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('record' as const), by: fc.nat(100) }) },
  // Also of 0: a clock that stands still.
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass' as const), by: fc.oneof(fc.nat(300), fc.nat(20_000)) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set back' as const), by: fc.nat(1e7) }) },
)

describe.each(Object.entries(takers))('%s', (_name, make) => {
  it('answers as if the clock had stood still when it was set back, whenever and however far', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const [told, expected] = [make(), make()]
        let passedMs = 1e9
        let setBackMs = 0
        for (const { do: what, by } of steps) {
          if (what === 'pass') passedMs += by
          else if (what === 'set back') setBackMs += by
          else {
            told.record(by, passedMs - setBackMs)
            expected.record(by, passedMs)
          }
          // Asked at each step: what passes before a clock that was set back is read for the first time, nobody can know.
          expect(told.answers(passedMs - setBackMs)).toEqual(expected.answers(passedMs))
        }
      }),
    )
  })
})
