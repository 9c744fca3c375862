import { describe, expect, it } from 'vitest'
import { RecentTakers } from './recent-takers.ts'

describe('a tenant', () => {
  it('is never above its share while nobody else asks', () => {
    const takers = new RecentTakers()
    takers.took('a', 1000, 0)
    expect(takers.isAboveShare('a', 0)).toBe(false)
  })

  it('is above its share when it took more than the others’ mean, though they got nothing', () => {
    const takers = new RecentTakers()
    takers.took('a', 10, 0)
    takers.asks('b', 0)
    expect([takers.isAboveShare('a', 0), takers.isAboveShare('b', 0)]).toEqual([true, false])
    takers.took('b', 10, 0)
    expect([takers.isAboveShare('a', 0), takers.isAboveShare('b', 0)]).toEqual([false, false])
  })

  it('is forgotten within two seconds', () => {
    const takers = new RecentTakers()
    takers.took('a', 10, 0)
    takers.asks('b', 900)
    expect(takers.isAboveShare('a', 1900)).toBe(true)
    takers.asks('b', 2900)
    expect(takers.isAboveShare('a', 2900)).toBe(false)
  })
})
