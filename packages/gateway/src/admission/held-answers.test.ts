import { VirtualClock } from 'spillway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { HELD_MS, HeldAnswers, MOST_HELD } from './held-answers.ts'

let clock: VirtualClock
let held: HeldAnswers
/** When each answer was told. */
let toldMs: number[]

beforeEach(() => {
  clock = new VirtualClock()
  held = new HeldAnswers(clock)
  toldMs = []
})

function hold(): (() => void) | undefined {
  return held.hold(() => toldMs.push(clock.nowMs()))
}

describe('held answers', () => {
  it('are told when their time has come, in their order', () => {
    hold()
    clock.advance(50)
    hold()
    clock.advance(HELD_MS)
    expect(toldMs).toEqual([HELD_MS, HELD_MS + 50])
    expect(held.held).toBe(0)
  })

  it('are told one by one, however many came together', () => {
    for (let i = 0; i < 20; i++) hold()
    clock.advance(HELD_MS + 19)
    expect(toldMs).toEqual(Array.from({ length: 20 }, (_, index) => HELD_MS + index))
  })

  it('are as many as there are places', () => {
    for (let i = 0; i < MOST_HELD; i++) hold()
    expect([held.held, hold()]).toEqual([MOST_HELD, undefined])
  })

  it('are let go of untold when their client left, and leave their places', () => {
    const [first, second] = [hold(), hold()]
    first?.()
    first?.()
    expect(held.held).toBe(1)
    clock.advance(HELD_MS + 1)
    second?.()
    expect(toldMs).toHaveLength(1)
    hold()
    clock.advance(HELD_MS)
    expect(toldMs).toHaveLength(2)
  })
})
