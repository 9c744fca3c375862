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

it('where nothing was ever finished, three bins are a stall', () => {
  expect([isStall(3, 0), isStall(2, 0)]).toEqual([true, false])
})

it('a stall is a standstill of three bins or more in which twenty items would have been finished', () => {
  expect([isStall(3, 10), isStall(2, 100), isStall(3, 6), isStall(4, 5)]).toEqual([true, false, false, true])
})
