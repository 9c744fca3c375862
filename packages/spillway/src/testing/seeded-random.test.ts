import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from './seeded-random.ts'

const take = (count: number, random: () => number): number[] => Array.from({ length: count }, random)

describe('seededRandom', () => {
  it('repeats for any seed, and stays within [0, 1)', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const numbers = take(100, seededRandom(seed))
        expect(take(100, seededRandom(seed))).toEqual(numbers)
        expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
      }),
    )
  })

  it('gives the same numbers on every machine', () => {
    expect(take(3, seededRandom(1))).toMatchInlineSnapshot(`
      [
        0.4494886628817767,
        0.4665925882291049,
        0.6713631262537092,
      ]
    `)
  })

  it('gives unlike numbers for neighbouring seeds, from the first on', () => {
    const firsts = Array.from({ length: 1000 }, (_, seed) => seededRandom(seed)())
    expect(new Set(firsts).size).toBe(1000)
    const mean = firsts.reduce((sum, first) => sum + first, 0) / firsts.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05)
  })

  it('fills ten equal bins evenly: the chi-squared statistic stays below its 99.9 % point', () => {
    for (const seed of [0, 1, 42, 0xffffffff]) {
      const bins = new Array<number>(10).fill(0)
      for (const number of take(100_000, seededRandom(seed))) {
        const bin = Math.floor(number * 10)
        bins[bin] = (bins[bin] ?? 0) + 1
      }
      const chiSquared = bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
      expect(chiSquared).toBeLessThan(27.88)
    }
  })
})
