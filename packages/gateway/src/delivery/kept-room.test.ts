import { VirtualClock } from 'spillway/testing'
import { describe, expect, it } from 'vitest'
import { KeptRoom } from './kept-room.ts'

describe('the last of the room', () => {
  it('is not kept from a tenant that took nothing when another gives back late what it did not get', () => {
    const clock = new VirtualClock()
    const kept = new KeptRoom({ has: () => false }, () => ({ items: 16, bytes: 1000 }), clock)
    const taken = kept.took('a', 100)
    kept.took('b', 0)
    clock.advance(3000)
    expect([kept.isForOthers('a'), kept.isForOthers('b')]).toEqual([false, false])
    taken.add('a', -100)
    expect([kept.isForOthers('a'), kept.isForOthers('b')]).toEqual([false, false])
    kept.took('a', 1)
    expect([kept.isForOthers('a'), kept.isForOthers('b')]).toEqual([true, false])
  })
})
