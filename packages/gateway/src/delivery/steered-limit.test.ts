import { expect, it } from 'vitest'
import { SteeredLimit } from './steered-limit.ts'

const sample = (dropped: boolean, endMs: number) => ({ endMs, rttMs: 1, inFlight: 100, dropped })

it('is fixed, or learns within its bounds', () => {
  const limit = new SteeredLimit(7)
  limit.onSample(sample(true, 1))
  expect(limit.limit).toBe(7)
  limit.set({ min: 2, max: 8 })
  limit.onSample(sample(false, 2))
  limit.onSample(sample(false, 3))
  expect(limit.limit).toBe(8)
  for (let atMs = 10; atMs < 1000; atMs += 10) limit.onSample(sample(true, atMs))
  expect(limit.limit).toBe(2)
})

it('goes on from where it was when its bounds change', () => {
  const limit = new SteeredLimit({ min: 1, max: 64 })
  expect(limit.limit).toBe(20)
  limit.onSample(sample(false, 1))
  limit.set({ min: 1, max: 100 })
  expect(limit.limit).toBe(21)
  limit.set({ min: 30, max: 40 })
  expect(limit.limit).toBe(30)
  limit.set({ min: 1, max: 5 })
  expect(limit.limit).toBe(5)
})
