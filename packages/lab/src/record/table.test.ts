import { describe, expect, it } from 'vitest'
import type { Result, Row } from './result.ts'
import { tableOf } from './table.ts'

/** Results of one policy of the longest name, of which only what the table shows is known. */
function results(rows: readonly Partial<Row>[]): readonly Result[] {
  return rows.map((row) => {
    const known: Partial<Row> = { policy: 'wait-without-deadline', set: 'S', valid: true, recoveryMs: null }
    return { row: { ...known, ...row } } as Result // the table reads nothing else
  })
}

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))

describe('the table of a set', () => {
  it('shows ten loads within a hundred columns, every figure among them', () => {
    const loads = [0.5, 0.8, 0.95, 1, 1.2, 1.5, 2, 3, 5, 10]
    const text = tableOf(
      'S',
      results(loads.map((times) => ({ times, scenario: `steady ${times}`, goodputRatio: times / 100 }))),
    )
    expect(widest(text)).toBeLessThanOrEqual(100)
    for (const times of loads) expect(text).toMatch(new RegExp(`\\|${(times / 100).toFixed(3)}\\b`))
  })

  it('gives letters to cases of long names, explains them, and says how long recovery took', () => {
    const cases = [
      'work takes twice as long for a while',
      'a surge with three retries and a budget',
      'x',
      'y',
    ]
    const text = tableOf(
      'S',
      results(
        cases.map((scenario, index) => ({
          scenario,
          times: 2,
          goodputRatio: 0.75,
          recoveryMs: index === 0 ? 'never' : 10_170,
        })),
      ),
    )
    expect(text.split('\n').slice(0, 7)).toEqual([
      '## S: goodput over capacity, time to recover',
      '',
      '- a: work takes twice as long for a while',
      '- b: a surge with three retries and a budget',
      '- c: x',
      '- d: y',
      '',
    ])
    expect(text).toContain('| 0.750, never | 0.750, 10.17 s |')
    expect(widest(text)).toBeLessThanOrEqual(100)
  })

  it('has its cases by name where they fit', () => {
    const text = tableOf('S', results([{ scenario: 'a stall', times: 1, goodputRatio: 1 }]))
    expect(text).toContain('| policy                | a stall |')
  })
})
