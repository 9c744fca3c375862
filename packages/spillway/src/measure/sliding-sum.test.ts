import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { SlidingSum } from './sliding-sum.ts'

describe('SlidingSum', () => {
  it('sums everything of the last nine tenths of the window and nothing older than the window', () => {
    const step = fc.tuple(fc.double({ min: 0, max: 400, noNaN: true }), fc.integer({ min: 1, max: 5 }))
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 100 }), (steps) => {
        const sliding = new SlidingSum({ windowMs: 1000 })
        const added: { atMs: number; value: number }[] = []
        let nowMs = 0
        for (const [afterMs, value] of steps) {
          nowMs += afterMs
          sliding.add(value, nowMs)
          added.push({ atMs: nowMs, value })
          const since = (sinceMs: number): number =>
            added.filter(({ atMs }) => atMs > sinceMs).reduce((sum, entry) => sum + entry.value, 0)
          expect(sliding.sum(nowMs)).toBeGreaterThanOrEqual(since(nowMs - 899.999))
          expect(sliding.sum(nowMs)).toBeLessThanOrEqual(since(nowMs - 1000.001))
        }
      }),
    )
  })

  it('gives the rate of a steady stream, from the first window on', () => {
    const sliding = new SlidingSum({ windowMs: 1000 })
    for (let nowMs = 0; nowMs < 5000; nowMs += 5) {
      sliding.add(1, nowMs)
      if (nowMs > 400) expect(sliding.ratePerSecond(nowMs)).toBeCloseTo(200, -1)
    }
  })

  it('forgets after a silence of the window', () => {
    const sliding = new SlidingSum({ windowMs: 1000, bins: 4 })
    sliding.add(8, 0)
    expect(sliding.sum(999)).toBe(8)
    expect(sliding.sum(1000)).toBe(0)
    expect(sliding.ratePerSecond(50_000)).toBe(0)
  })

  it('is 0 again after fractions have passed through it: nothing drifts', () => {
    const sliding = new SlidingSum({ windowMs: 100 })
    for (let nowMs = 0; nowMs < 10_000; nowMs++) sliding.add(0.1, nowMs)
    for (let nowMs = 10_000; nowMs < 10_200; nowMs++) sliding.add(0, nowMs)
    expect(sliding.sum(10_200)).toBe(0)
  })

  it('forgets as ever after the clock was set back, instead of waiting until it has caught up', () => {
    const sliding = new SlidingSum({ windowMs: 1000 })
    sliding.add(1, 5000)
    sliding.add(1, 0)
    expect([sliding.sum(0), sliding.sum(899), sliding.sum(1000)]).toEqual([2, 2, 0])
  })

  it('takes back what was added, as if it had not been', () => {
    const windowMs = 1000
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(400), fc.nat(3), fc.nat(2500)), { maxLength: 30 }), (steps) => {
        const sliding = new SlidingSum({ windowMs })
        const expected = new SlidingSum({ windowMs })
        const back: { readonly atMs: number; readonly addedMs: number; readonly value: number }[] = []
        let nowMs = 0
        const takeBackDue = () => {
          for (const { atMs, addedMs, value } of back)
            if (atMs === nowMs) sliding.takeBack(value, addedMs, nowMs)
        }
        for (const [stepMs, value, afterMs] of steps) {
          for (let i = 0; i < stepMs; i++, nowMs++) takeBackDue()
          sliding.add(value, nowMs)
          expected.add(value === 0 ? 1 : 0, nowMs)
          if (value === 0) sliding.add(1, nowMs)
          else back.push({ atMs: nowMs + afterMs + 1, addedMs: nowMs, value })
        }
        for (let i = 0; i < 3000; i++, nowMs++) takeBackDue()
        for (let i = 0; i < 20; i++) expect(sliding.sum(nowMs + i * 50)).toBe(expected.sum(nowMs + i * 50))
      }),
    )
  })

  it('takes nothing back that was forgotten already', () => {
    const sliding = new SlidingSum({ windowMs: 1000 })
    sliding.add(5, 0)
    sliding.add(7, 1500)
    sliding.takeBack(5, 0, 1500)
    expect(sliding.sum(1500)).toBe(7)
  })

  it('takes no time as no time', () => {
    const sliding = new SlidingSum({ windowMs: 1000 })
    sliding.add(1, 0)
    for (const noTimeMs of [Number.NaN, Infinity, -Infinity]) sliding.add(1, noTimeMs)
    expect([sliding.sum(0), sliding.sum(1000)]).toEqual([4, 0])
  })

  it('ignores what is no finite number, and says so', () => {
    const sliding = new SlidingSum({ windowMs: 1000 })
    expect([sliding.add(Number.NaN, 0), sliding.add(-Infinity, 0), sliding.sum(0)]).toEqual([false, false, 0])
  })

  it.each([{ windowMs: 0 }, { windowMs: 1, bins: 1 }])('refuses %o at construction', (options) => {
    expect(() => new SlidingSum(options)).toThrow(OptionError)
  })
})
