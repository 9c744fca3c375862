import { describe, expect, it } from 'vitest'
import { Turns } from './turns.ts'

const ALL = ['bare', 'guarded', 'twin', 'refusing', 'delivering'] as const

describe('Turns', () => {
  it('gives each a turn in every round, and nobody two on end', () => {
    const turns = new Turns(ALL, 1)
    let last: string | undefined
    for (let round = 0; round < 1000; round++) {
      const order = turns.next()
      expect(order.toSorted()).toEqual(ALL.toSorted())
      expect(order[0]).not.toBe(last)
      last = order.at(-1)
    }
  })

  it('puts each behind each other one about equally often', () => {
    const turns = new Turns(ALL, 7)
    const order = Array.from({ length: 4000 }, () => turns.next()).flat()
    const counts = new Map<string, number>()
    for (const [at, each] of order.entries()) {
      const pair = `${order[at - 1]} ${each}`
      counts.set(pair, (counts.get(pair) ?? 0) + 1)
    }
    counts.delete(`undefined ${order[0]}`)
    expect(counts.size).toBe(20)
    for (const count of counts.values()) expect(count / 1000).toBeCloseTo(1, 0)
  })

  it('gives one alone every turn', () => {
    expect(new Turns(['bare'], 1).next()).toEqual(['bare'])
    expect(new Turns([], 1).next()).toEqual([])
  })
})
