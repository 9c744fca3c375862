import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ring } from './ring.ts'

describe('Ring', () => {
  it('gives items back in the order in which they came', () => {
    const ring = new Ring<string>(3)
    for (const item of ['a', 'b', 'c']) expect(ring.push(item)).toBe(true)
    expect([ring.shift(), ring.shift(), ring.shift(), ring.size]).toEqual(['a', 'b', 'c', 0])
  })

  it('refuses an item when full, and nothing changes', () => {
    const ring = new Ring<number>(2)
    ring.push(1)
    ring.push(2)
    expect([ring.push(3), ring.size, ring.shift(), ring.shift()]).toEqual([false, 2, 1, 2])
  })

  it('holds nothing with a capacity of 0', () => {
    const ring = new Ring<number>(0)
    expect([ring.push(1), ring.size, ring.shift()]).toEqual([false, 0, undefined])
  })

  it('counts undefined as an item like any other', () => {
    const ring = new Ring<undefined>(2)
    ring.push(undefined)
    expect([ring.size, ring.shift(), ring.size]).toEqual([1, undefined, 0])
  })

  it('agrees with an array for any capacity and any sequence of pushes and shifts', () => {
    const anyCapacity = fc.oneof(fc.nat({ max: 70 }), fc.constant(Number.POSITIVE_INFINITY))
    fc.assert(
      fc.property(anyCapacity, fc.array(fc.integer({ min: -9, max: 40 })), (capacity, runs) => {
        const ring = new Ring<number>(capacity)
        const model: number[] = []
        let next = 0
        for (const run of runs) {
          for (let n = 0; n < run; n++) {
            expect(ring.push(next)).toBe(model.length < capacity)
            if (model.length < capacity) model.push(next)
            next++
          }
          for (let n = 0; n > run; n--) expect(ring.shift()).toBe(model.shift())
          expect(ring.size).toBe(model.length)
        }
      }),
    )
  })

  it('does not keep a taken item alive', () => {
    const ring = new Ring<object>(4)
    ring.push({})
    ring.push({})
    const taken = new WeakRef(ring.shift()!)
    setFlagsFromString('--expose-gc')
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      runInNewContext('gc')()
      expect(taken.deref()).toBeUndefined()
      expect(ring.size).toBe(1)
    })
  })
})
