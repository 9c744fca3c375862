import { array, assert, integer, property } from 'fast-check'
import { expect, it } from 'vitest'
import { DueTimes } from './due-times.ts'

it('gives back any events the soonest first', () => {
  assert(
    property(array(integer({ min: 0, max: 100 })), (times) => {
      const due = new DueTimes()
      for (const [seq, atMs] of times.entries()) due.add({ seq, key: undefined, atMs, isRetry: true })
      expect(due.size).toBe(times.length)
      const order: number[] = []
      for (let next = due.pop(); next; next = due.pop()) order.push(next.atMs)
      expect(order).toEqual(times.toSorted((a, b) => a - b))
    }),
  )
})
