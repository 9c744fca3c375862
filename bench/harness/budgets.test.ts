import { describe, expect, it } from 'vitest'
import type { Benchmark, Metric } from './benchmark.ts'
import { atLeast, atLeastByClock, atLeastTimes, atMost, betterThanEvery, combined } from './budgets.ts'
import { Figures } from './figures.ts'
import type { Rounds } from './statistics.ts'

type Given = Readonly<Record<string, Readonly<Record<string, Rounds>>>>

function figures(given: Given, metric: Metric = { unit: 'M/s', better: 'higher' }): Figures {
  const benchmarks = Object.keys(given).map(
    (name): Benchmark => ({ topic: 'channel', name, metric, reference: 'ours', subjects: {} }),
  )
  const results = new Map(
    Object.entries(given).map(([name, subjects]) => [
      name,
      new Map(Object.entries(subjects).map(([subject, rounds]) => [subject, { figures: rounds }])),
    ]),
  )
  return new Figures(benchmarks, results)
}

describe('a promise to be so many times as fast', () => {
  const judge = atLeastTimes(['x', 'ours'], 'theirs', 2)

  it('is met by the median of the ratios within each round', () => {
    const verdict = judge(figures({ x: { ours: [20, 2, 9], theirs: [10, 1, 3] } }))
    expect(verdict).toEqual({ measured: '2 (2–2.5) ×', met: true })
  })

  it('is not met when the median falls short', () => {
    expect(judge(figures({ x: { ours: [19, 19, 40], theirs: [10, 10, 10] } }))?.met).toBe(false)
  })

  it('turns the ratio round where less is better', () => {
    const times: Metric = { unit: 'ms', better: 'lower' }
    expect(judge(figures({ x: { ours: [5], theirs: [15] } }, times))).toEqual({ measured: '3 ×', met: true })
  })

  it('is not judged while one of the two has no figure', () => {
    expect(judge(figures({ x: { ours: [1] } }))).toBeUndefined()
  })
})

describe('a promise to stay below a figure', () => {
  const judge = atMost(
    [
      ['x', 'a'],
      ['x', 'b'],
    ],
    'ms',
    300,
  )

  it('is judged by the worst of the subjects', () => {
    expect(judge(figures({ x: { a: [100], b: [301] } }))).toEqual({ measured: '301 ms', met: false })
    expect(judge(figures({ x: { a: [100], b: [300] } }))?.met).toBe(true)
  })

  it('is not judged while one of them has no figure', () => {
    expect(judge(figures({ x: { a: [100] } }))).toBeUndefined()
  })
})

describe('a promise to reach a figure', () => {
  it('is met at the figure itself', () => {
    expect(atLeast(['x', 'a'], 'M/s', 1)(figures({ x: { a: [1] } }))?.met).toBe(true)
    expect(atLeast(['x', 'a'], 'M/s', 1)(figures({ x: { a: [0.99] } }))?.met).toBe(false)
  })

  it('asks for less where the clock is slower than the one it was stated for', () => {
    const judge = atLeastByClock(['x', 'ours'], ['clock', 'now'], { millions: 25, clockNs: 45 })
    expect(judge(figures({ x: { ours: [13] }, clock: { now: [90] } }))?.met).toBe(true)
    expect(judge(figures({ x: { ours: [24] }, clock: { now: [45] } }))?.met).toBe(false)
  })
})

describe('a promise to be better than every rival', () => {
  const judge = betterThanEvery(['x', 'ours'], (rival) => rival !== 'Go')

  it('names the rival that comes closest, among those that count', () => {
    const verdict = judge(figures({ x: { ours: [10], slow: [1], close: [8], Go: [99] } }))
    expect(verdict).toEqual({ measured: '1.25 × the closest, close', met: true })
  })

  it('is not met when one is ahead', () => {
    expect(judge(figures({ x: { ours: [10], slow: [1], ahead: [11] } }))?.met).toBe(false)
  })
})

describe('a promise about two figures of one round', () => {
  it('combines them within the round', () => {
    const judge = combined(['x', 'ours'], ['clock', 'now'], {
      make: (millions, clockNs) => 1000 / millions - clockNs,
      unit: 'ns above the clock',
      most: 20,
    })
    const verdict = judge(figures({ x: { ours: [20, 10] }, clock: { now: [40, 90] } }))
    expect(verdict).toEqual({ measured: '10 (10–10) ns above the clock', met: true })
  })
})
