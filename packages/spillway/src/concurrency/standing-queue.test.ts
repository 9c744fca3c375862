import { describe, expect, it } from 'vitest'
import { StandingQueue } from './standing-queue.ts'

describe('StandingQueue', () => {
  it('stands when it has not been empty for longer than allowed, and no longer once it was', () => {
    const queue = new StandingQueue(100)
    expect(queue.stands(1e9)).toBe(false)
    queue.filled(1000)
    queue.filled(1090)
    expect([queue.stands(1100), queue.stands(1101)]).toEqual([false, true])
    queue.emptied()
    expect(queue.stands(1101)).toBe(false)
  })

  it('is a burst after the clock was set back, and stands again in its time', () => {
    const queue = new StandingQueue(100)
    queue.filled(1e6)
    expect(queue.stands(500)).toBe(false)
    queue.filled(500)
    expect([queue.stands(600), queue.stands(601)]).toEqual([false, true])
  })
})
