import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Clock } from '../clock/clock.ts'
import { promisesSettled, VirtualClock } from './virtual-clock.ts'

describe('VirtualClock', () => {
  it('is a clock, wherever one is asked for', () => {
    expectTypeOf<VirtualClock>().toExtend<Clock>()
  })

  it('starts at 0, or where it is told to, and moves only when told to', async () => {
    const clock = new VirtualClock(5)
    await promisesSettled()
    expect([new VirtualClock().nowMs(), clock.nowMs()]).toEqual([0, 5])
    clock.advance(2.5)
    expect(clock.nowMs()).toBe(7.5)
  })

  it('calls back only inside advance, at the time that was asked for', () => {
    const clock = new VirtualClock()
    const called: number[] = []
    clock.schedule(10, () => called.push(clock.nowMs()))
    clock.schedule(0, () => called.push(clock.nowMs()))
    expect(called).toEqual([])
    clock.advance(9.999)
    expect(called).toEqual([0])
    clock.advance(5)
    expect(called).toEqual([0, 10])
  })

  it('calls back in the order of time, then of scheduling, for any delays', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 20 })), (delays) => {
        const clock = new VirtualClock()
        const called: { delayMs: number; index: number }[] = []
        delays.forEach((delayMs, index) => {
          clock.schedule(delayMs, () => called.push({ delayMs: Math.max(0, delayMs), index }))
        })
        clock.advance(20)
        const sorted = [...called].sort((a, b) => a.delayMs - b.delayMs || a.index - b.index)
        expect(called).toEqual(sorted)
        expect(called).toHaveLength(delays.length)
        expect(clock.pending).toBe(0)
      }),
    )
  })

  it('runs what a callback schedules, when it falls within the same advance', () => {
    const clock = new VirtualClock()
    const called: number[] = []
    const again = (): void => {
      called.push(clock.nowMs())
      clock.schedule(3, again)
    }
    clock.schedule(3, again)
    clock.advance(10)
    expect(called).toEqual([3, 6, 9])
    expect(clock.nextAtMs).toBe(12)
  })

  it('forgets what was taken back, also by another callback', () => {
    const clock = new VirtualClock()
    let calls = 0
    const cancel = clock.schedule(5, () => calls++)
    clock.schedule(4, cancel)
    clock.advance(10)
    cancel()
    expect({ calls, pending: clock.pending }).toEqual({ calls: 0, pending: 0 })
  })

  it('schedules nothing for an infinite delay', () => {
    const clock = new VirtualClock()
    clock.schedule(Number.POSITIVE_INFINITY, () => {})()
    expect({ pending: clock.pending, nextAtMs: clock.nextAtMs }).toEqual({ pending: 0, nextAtMs: undefined })
  })

  it('runs one callback at a time, and tells when there is none', () => {
    const clock = new VirtualClock()
    const called: string[] = []
    clock.schedule(7, () => called.push('second'))
    clock.schedule(2, () => called.push('first'))
    expect([clock.runNext(), clock.nowMs(), [...called]]).toEqual([true, 2, ['first']])
    expect([clock.runNext(), clock.nowMs(), [...called]]).toEqual([true, 7, ['first', 'second']])
    expect([clock.runNext(), clock.nowMs()]).toEqual([false, 7])
  })

  it('lets promises settle before, between and after callbacks in advanceAsync', async () => {
    const clock = new VirtualClock()
    const events: string[] = []
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.schedule(ms, resolve))
    const chain = Promise.resolve().then(async () => {
      await sleep(1)
      events.push(`first at ${clock.nowMs()}`)
      await sleep(1)
      events.push(`second at ${clock.nowMs()}`)
    })
    await clock.advanceAsync(2)
    expect(events).toEqual(['first at 1', 'second at 2'])
    await chain
  })

  it('steps back without running anything, and what was due is still due at its time', () => {
    const clock = new VirtualClock(100)
    let calledAtMs = -1
    clock.schedule(10, () => {
      calledAtMs = clock.nowMs()
    })
    clock.step(-50)
    expect([clock.nowMs(), calledAtMs]).toEqual([50, -1])
    clock.advance(59)
    expect(calledAtMs).toBe(-1)
    clock.advance(1)
    expect(calledAtMs).toBe(110)
  })

  it('steps forward without running anything, and what was missed runs at the next advance', () => {
    const clock = new VirtualClock()
    let calledAtMs = -1
    clock.schedule(10, () => {
      calledAtMs = clock.nowMs()
    })
    clock.step(30)
    expect(calledAtMs).toBe(-1)
    clock.advance(0)
    expect(calledAtMs).toBe(30)
  })
})
