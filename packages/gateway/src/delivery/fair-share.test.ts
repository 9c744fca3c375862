import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FairShare } from './fair-share.ts'

/** Takes one after the other until there is no more. */
function takeAll(share: FairShare, owner: string): number {
  while (share.tryTake(owner, 1));
  return share.heldBy(owner)
}

describe('a fair share', () => {
  it('is everything for the only owner there is', () => {
    expect(takeAll(new FairShare(100), 'a')).toBe(100)
  })

  it('is half for one who takes all it can, and leaves a newcomer half of what is left', () => {
    const share = new FairShare(120)
    share.introduce('b')
    expect([takeAll(share, 'a'), takeAll(share, 'b')]).toEqual([60, 30])
  })

  it('is a third each when two take in turn, a quarter each when three do', () => {
    const share = new FairShare(120)
    share.introduce('c')
    for (let i = 0; i < 120; i++) for (const owner of ['a', 'b']) share.tryTake(owner, 1)
    expect([share.heldBy('a'), share.heldBy('b')]).toEqual([40, 40])
  })

  it('leaves something to whoever holds nothing, whatever the others do, as long as anything was free to take', () => {
    const step = fc.record({
      owner: fc.constantFrom('a', 'b', 'c'),
      amount: fc.integer({ min: 1, max: 3 }),
      gives: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 100, max: 200 }), (steps, limit) => {
        const share = new FairShare(limit)
        share.introduce('quiet')
        let held = 0
        for (const { owner, amount, gives } of steps) {
          if (gives && share.heldBy(owner) >= amount) {
            share.give(owner, amount)
            held -= amount
          } else if (!gives && share.tryTake(owner, amount)) held += amount
          expect(share.held).toBe(held)
          // Three who take all they can leave a quarter, less what their last steps went beyond it.
          expect(share.hasRoomFor('quiet', limit / 4 - 9)).toBe(true)
        }
      }),
    )
  })
})
