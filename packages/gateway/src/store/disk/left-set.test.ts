import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LeftSet } from './left-set.ts'

it('a set of numbers that have left answers like a plain set, for any numbers', () => {
  const numbers = fc.array(fc.integer({ min: 100, max: 400 }), { maxLength: 200 })
  fc.assert(
    fc.property(numbers, fc.integer({ min: 100, max: 400 }), (added, asked) => {
      const plain = new Set<number>()
      const left = new LeftSet(100)
      for (const seq of added) {
        expect(left.add(seq)).toBe(!plain.has(seq))
        plain.add(seq)
      }
      const loaded = new LeftSet(100)
      loaded.load(left.toBytes())
      let next = asked
      while (plain.has(next)) next++
      for (const set of [left, loaded]) {
        expect([set.count, set.has(asked), set.nextLive(asked)]).toEqual([plain.size, plain.has(asked), next])
      }
    }),
  )
})
