import { expect, it } from 'vitest'
import { BinSeries } from '../measure/bins.ts'
import { isStall, standstills } from './stall.ts'

function stillFor(stillMs: number): ReturnType<BinSeries['snapshot']> {
  const series = new BinSeries()
  series.queued(0, 5)
  series.completed(50, 1)
  series.completed(100 + stillMs, 1)
  series.queued(100 + stillMs, 0)
  return series.snapshot(2000)
}

it('a standstill is a run of bins in which items waited and none was finished', () => {
  const bins = stillFor(500)
  expect(standstills(bins, { from: 0, to: 20 })).toEqual([{ from: 1, to: 6 }])
})

it('a stall is a standstill of three bins or more in which twenty items would have been finished', () => {
  const bins = stillFor(1000)
  expect(isStall(bins, { from: 1, to: 4 }, 10)).toBe(true)
  expect(isStall(bins, { from: 1, to: 3 }, 100)).toBe(false)
  expect(isStall(bins, { from: 1, to: 4 }, 6)).toBe(false)
  expect(isStall(bins, { from: 1, to: 4 }, 0)).toBe(true)
})
