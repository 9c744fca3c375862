import { expect, it } from 'vitest'
import { BodyBudget } from '../admission/body-budget.ts'
import { FEED_BYTES, FeedHold, FeedMemory } from './feed-memory.ts'

it('leaves half of the memory for bodies to others', () => {
  const budget = new BodyBudget(8 * FEED_BYTES)
  const memory = new FeedMemory(budget.limitBytes)
  const holds = Array.from({ length: 5 }, () => new FeedHold(memory, budget.of('')))
  expect(holds.map((hold) => hold.tryHold(FEED_BYTES))).toEqual([true, true, true, true, false])
  expect(budget.heldBytes).toBe(4 * FEED_BYTES)
  for (const hold of holds) hold.release()
  expect(budget.heldBytes).toBe(0)
})

it('counts a long line while it has no end, and gives all back once', () => {
  const budget = new BodyBudget(8 * FEED_BYTES)
  const hold = new FeedHold(new FeedMemory(budget.limitBytes), budget.of(''))
  hold.tryHold(FEED_BYTES)
  expect([hold.tryHoldLine(FEED_BYTES / 2), budget.heldBytes]).toEqual([true, FEED_BYTES])
  expect([hold.tryHoldLine(2 * FEED_BYTES), budget.heldBytes]).toEqual([true, 2.5 * FEED_BYTES])
  expect([hold.tryHoldLine(5 * FEED_BYTES), budget.heldBytes]).toEqual([false, 2.5 * FEED_BYTES])
  expect([hold.tryHoldLine(10), budget.heldBytes]).toEqual([true, FEED_BYTES])
  hold.release()
  hold.release()
  expect(budget.heldBytes).toBe(0)
})

it('takes nothing when others have filled the memory for bodies', () => {
  const budget = new BodyBudget(8 * FEED_BYTES)
  const memory = new FeedMemory(budget.limitBytes)
  budget.of('').tryTake(7.5 * FEED_BYTES)
  expect(memory.tryTake(FEED_BYTES, budget.of(''))).toBe(false)
  expect(budget.heldBytes).toBe(7.5 * FEED_BYTES)
})
