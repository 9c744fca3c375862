import { VirtualClock } from 'spillway/testing'
import { expect, it } from 'vitest'
import { StoreTrouble } from './store-trouble.ts'
import { TakeRefusal } from './take-refusal.ts'

it('tells everyone of the trouble but one newcomer a second, until the store takes something', () => {
  const clock = new VirtualClock()
  const trouble = new StoreTrouble(clock)
  const refusal = new TakeRefusal('no-space', 'no space is left')
  expect(trouble.failure()).toBeUndefined()
  trouble.met(refusal)
  clock.advance(999)
  expect(trouble.failure()).toBe(refusal)
  clock.advance(1)
  expect([trouble.failure(), trouble.failure(), trouble.failure()]).toEqual([undefined, refusal, refusal])
  trouble.passed()
  expect(trouble.failure()).toBeUndefined()
})
