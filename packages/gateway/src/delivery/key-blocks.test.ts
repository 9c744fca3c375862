import { array, assert, integer, property } from 'fast-check'
import { expect, it } from 'vitest'
import { KeyBlocks } from './key-blocks.ts'

it('lets every event go while no event of its key waits for a retry', () => {
  const blocks = new KeyBlocks()
  expect([1, 2, 3].map((seq) => blocks.mayGo('a', seq))).toEqual([true, true, true])
})

it('holds the later events of a key behind its retry, and no other key', () => {
  const blocks = new KeyBlocks()
  blocks.block('a', 1)
  expect([blocks.mayGo('a', 2), blocks.mayGo('b', 3), blocks.mayGo('a', 1)]).toEqual([false, true, true])
})

it('lets them go one after the other, in order, each when the one before is done with', () => {
  const blocks = new KeyBlocks()
  blocks.block('a', 1)
  for (const seq of [2, 3]) blocks.mayGo('a', seq)
  expect(blocks.release('a', 1)).toBe(2)
  expect(blocks.mayGo('a', 4)).toBe(false)
  expect([blocks.release('a', 2), blocks.release('a', 3), blocks.release('a', 4)]).toEqual([3, 4, undefined])
  expect(blocks.mayGo('a', 5)).toBe(true)
})

it('keeps any number of them in order', () => {
  assert(
    property(array(integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5000 }), (gaps) => {
      const blocks = new KeyBlocks()
      blocks.block('a', 0)
      let last = 0
      const seqs = gaps.map((gap) => {
        last += gap
        return last
      })
      for (const seq of seqs) blocks.mayGo('a', seq)
      const order: number[] = []
      for (let next = blocks.release('a', 0); next !== undefined; next = blocks.release('a', next)) {
        order.push(next)
      }
      expect(order).toEqual(seqs)
    }),
    { numRuns: 20 },
  )
})
