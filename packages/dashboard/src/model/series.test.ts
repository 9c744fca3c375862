import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Series } from './series.ts'

describe('a series', () => {
  it('keeps its newest rows, the oldest first', () => {
    const series = new Series(['a', 'b'], 3)
    for (let n = 1; n <= 5; n++) series.push(n * 1000, { a: n, b: -n })
    expect(series.timesMs()).toEqual([3000, 4000, 5000])
    expect(series.column('a')).toEqual([3, 4, 5])
    expect(series.column('b')).toEqual([-3, -4, -5])
    expect([series.length, series.lastMs]).toEqual([3, 5000])
  })

  it('shows what is unknown as a gap, never as a zero', () => {
    const series = new Series(['a', 'b'], 9)
    series.push(1, { a: 0, b: undefined })
    series.pushGap(2)
    series.push(3, { a: null, b: 7 })
    expect(series.column('a')).toEqual([0, null, null])
    expect(series.column('b')).toEqual([null, null, 7])
  })

  it('ignores a row that is not after the last one', () => {
    const series = new Series(['a'], 9)
    series.push(10, { a: 1 })
    series.push(10, { a: 2 })
    series.push(9, { a: 3 })
    expect(series.column('a')).toEqual([1])
  })

  it('holds the tail of any sequence of rows', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 60 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), steps, (capacity, gaps) => {
        const series = new Series(['a'], capacity)
        let atMs = 0
        const all = gaps.map((gap, n) => {
          atMs += gap
          series.push(atMs, { a: n })
          return [atMs, n] as const
        })
        const tail = all.slice(-capacity)
        expect(series.timesMs()).toEqual(tail.map(([ms]) => ms))
        expect(series.column('a')).toEqual(tail.map(([, n]) => n))
      }),
    )
  })
})
