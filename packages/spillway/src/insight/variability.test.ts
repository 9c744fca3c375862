import { describe, expect, it } from 'vitest'
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import { arrivalDispersion, capacityForSwings, serviceVariation } from './variability.ts'

function binsOf(arrivals: readonly number[]): BinSnapshot {
  const none = arrivals.map(() => 0)
  return {
    binMs: 100,
    startMs: 0,
    lastBinMs: 100,
    arrivals,
    drops: none,
    completions: arrivals,
    busyMs: none,
    maxDepth: none,
    serviceSumMs: arrivals.map((count) => 10 * count),
    serviceSquares: arrivals.map((count) => 500 * count),
    retries: none,
  }
}

const even = new Array<number>(20).fill(10)
const uneven = Array.from({ length: 20 }, (_, bin) => (bin % 2 === 0 ? 0 : 20))
const all = { from: 0, to: 20 }

describe('the variability of a queue', () => {
  it('is 0 for even arrivals, and variance over mean for uneven ones', () => {
    expect(arrivalDispersion(binsOf(even), all, 1)).toBe(0)
    expect(arrivalDispersion(binsOf(uneven), all, 1)).toBeCloseTo(100 / 9.5, 1)
  })

  it('is looked at in steps as long as asked: what evens out within one does not count', () => {
    expect(arrivalDispersion(binsOf(uneven), all, 2)).toBe(0)
  })

  it('is taken for Poisson when there are too few steps, arrivals or services', () => {
    expect(arrivalDispersion(binsOf(even), { from: 0, to: 4 }, 1)).toBe(1)
    expect(arrivalDispersion(binsOf(even.map(() => 0)), all, 1)).toBe(1)
    expect(serviceVariation(binsOf([5]), { from: 0, to: 1 })).toBe(1)
  })

  it('is the squared coefficient of variation of the service times', () => {
    expect(serviceVariation(binsOf(even), all)).toBeCloseTo(4, 9)
  })

  it('asks for the larger queue the more there is of it, and always for more than there was', () => {
    const calm = capacityForSwings(binsOf(even), all, { capacity: 8, inbound: 10, service: 12.5 })
    const wild = capacityForSwings(binsOf(uneven), all, { capacity: 8, inbound: 10, service: 12.5 })
    expect(calm).toBe(Math.ceil((Math.log(1000) * 4) / 0.4))
    expect(wild).toBeGreaterThan(2 * calm)
    expect(capacityForSwings(binsOf(even), all, { capacity: 1000, inbound: 10, service: 12.5 })).toBe(1251)
    expect(capacityForSwings(binsOf(even), all, { capacity: 8, inbound: 10, service: 10 })).toBe(11)
  })
})
