import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { Ewma } from './ewma.ts'

describe('Ewma', () => {
  it('is 0 without samples, then the first sample', () => {
    const ewma = new Ewma({ halfLifeMs: 100 })
    expect(ewma.mean).toBe(0)
    ewma.record(42, 5)
    expect(ewma.mean).toBe(42)
  })

  it('counts a sample half after its half-life', () => {
    const ewma = new Ewma({ halfLifeMs: 100 })
    ewma.record(0, 0)
    ewma.record(3, 100)
    expect(ewma.mean).toBeCloseTo(2, 12)
    expect(ewma.weight(100)).toBeCloseTo(1.5, 12)
    expect(ewma.weight(200)).toBeCloseTo(0.75, 12)
  })

  it('counts samples of one instant alike', () => {
    const ewma = new Ewma({ halfLifeMs: 100 })
    for (const value of [1, 2, 6]) ewma.record(value, 0)
    expect(ewma.mean).toBe(3)
  })

  it('equals the weighted mean by its definition, at any times and values', () => {
    const sample = fc.tuple(
      fc.double({ min: 0, max: 500, noNaN: true }),
      fc.double({ min: -100, max: 100, noNaN: true }),
    )
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 100 }), (samples) => {
        const ewma = new Ewma({ halfLifeMs: 100 })
        const taken: { atMs: number; value: number }[] = []
        let nowMs = 0
        for (const [afterMs, value] of samples) {
          nowMs += afterMs
          taken.push({ atMs: nowMs, value })
          ewma.record(value, nowMs)
        }
        const weights = taken.map(({ atMs }) => 2 ** ((atMs - nowMs) / 100))
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const mean = taken.reduce((sum, { value }, i) => sum + value * weights[i]!, 0) / total
        expect(ewma.mean).toBeCloseTo(mean, 6)
        expect(ewma.weight(nowMs)).toBeCloseTo(total, 6)
      }),
    )
  })

  it('takes a new sample alone after a silence so long that all else faded', () => {
    const ewma = new Ewma({ halfLifeMs: 1 })
    ewma.record(5, 0)
    ewma.record(9, 1e9)
    expect(ewma.mean).toBe(9)
  })

  it('takes a clock that was set back as one that stood, and forgets on from there', () => {
    const ewma = new Ewma({ halfLifeMs: 100 })
    ewma.record(1, 1000)
    ewma.record(3, 0)
    expect([ewma.mean, ewma.weight(0), ewma.weight(100)]).toEqual([2, 2, 1])
  })

  it('ignores what is no finite number, and says so', () => {
    const ewma = new Ewma({ halfLifeMs: 100 })
    expect([ewma.record(Number.NaN, 0), ewma.record(Infinity, 0), ewma.mean]).toEqual([false, false, 0])
  })

  it('refuses a half-life that is not above 0', () => {
    expect(() => new Ewma({ halfLifeMs: 0 })).toThrow(OptionError)
  })
})
