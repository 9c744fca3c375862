import { afterEach, describe, expect, it, vi } from 'vitest'
import { forSeconds } from '../insight/for-seconds.ts'
import { Settleable } from '../testing/settleable.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import type { CapacityOption } from './capacity.ts'
import { Processor } from './processor.ts'

function working(capacity: CapacityOption, serviceMs: () => number) {
  const clock = new VirtualClock()
  const processor = new Processor<number, void>({
    handle: () => {
      const work = new Settleable<void>()
      clock.schedule(serviceMs(), () => work.resolve())
      return work
    },
    capacity,
    whenFull: 'reject',
    concurrency: 4,
    clock,
  })
  const runFor = (ms: number) => {
    for (const untilMs = clock.nowMs() + ms; clock.nowMs() < untilMs; clock.advance(1)) processor.offer(0)
  }
  return { clock, processor, runFor }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('capacity: forSeconds', () => {
  it('starts at its least, follows the measured rate, and stays within its bounds', () => {
    let serviceMs = 10
    const { processor, runFor } = working(forSeconds(2, { min: 10, max: 1000 }), () => serviceMs)
    expect(processor.stats().capacity).toBe(10)
    runFor(2000)
    // Four workers of 10 ms do 400 a second: two seconds hold 800.
    expect(processor.stats().capacity).toBeGreaterThan(750)
    expect(processor.stats().capacity).toBeLessThanOrEqual(830)
    serviceMs = 1
    runFor(2000)
    expect(processor.stats().capacity).toBe(1000)
  })
})

describe('a time bomb', () => {
  it('is warned of once, when the rate is known', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { runFor } = working(1_000_000, () => 10)
    runFor(6000)
    expect(emitWarning).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining('Time bomb'),
      'SpillwayWarning',
    )
  })

  it('is no warning for a capacity that clients can wait for', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { runFor } = working(1000, () => 10)
    runFor(6000)
    expect(emitWarning).not.toHaveBeenCalled()
  })
})

describe('diagnose', () => {
  it('says that nothing is wrong, or which cause overflows the queue', () => {
    let serviceMs = 2
    const { processor, runFor } = working(100, () => serviceMs)
    runFor(20_000)
    expect(processor.diagnose()).toMatchObject({ verdict: 'healthy' })
    serviceMs = 20
    runFor(10_000)
    expect(processor.diagnose()).toMatchObject({ verdict: 'consumer-too-slow', evidence: expect.anything() })
  })
})
