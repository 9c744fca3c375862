import { afterEach, describe, expect, it, vi } from 'vitest'
import { forSeconds } from '../insight/for-seconds.ts'
import { Settleable } from '../testing/settleable.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import type { CapacityOption } from './capacity.ts'
import { Processor } from './processor.ts'

function working(capacity: CapacityOption, serviceMs: () => number, patienceMs?: number) {
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
    patienceMs,
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

describe('a capacity that is changed', () => {
  function paused(capacity: CapacityOption) {
    const processor = new Processor<number, void>({
      handle: () => {},
      capacity,
      whenFull: 'block',
      concurrency: 1,
      clock: new VirtualClock(),
    })
    processor.pause()
    return processor
  }

  it('lets those in who wait, first come first served, when it is raised', async () => {
    const processor = paused(1)
    await processor.enqueue(0)
    const waiting = [1, 2, 3].map((item) => processor.enqueue(item))
    processor.setCapacity(3)
    await Promise.all(waiting.slice(0, 2))
    expect(processor.stats()).toMatchObject({ capacity: 3, queued: 3, waiting: 1 })
    processor.setCapacity(4)
    await waiting[2]
    expect(processor.stats()).toMatchObject({ queued: 4, waiting: 0 })
  })

  it('keeps what has its place when it is lowered, and lets nobody in until there is room', async () => {
    const processor = paused(3)
    await processor.enqueueAll([0, 1, 2])
    processor.setCapacity(1)
    expect(processor.offer(3)).toBe(false)
    expect(processor.stats()).toMatchObject({ capacity: 1, queued: 3 })
  })

  it('lets a batch that waits, and has become larger than the capacity, have an empty queue', async () => {
    const processor = paused(4)
    await processor.enqueueAll([0])
    const batch = processor.enqueueAll([1, 2, 3, 4])
    processor.setCapacity(2)
    await expect(processor.enqueueAll([5, 6, 7])).rejects.toMatchObject({ code: 'ERR_COST_EXCEEDS_BURST' })
    processor.resume()
    await batch
    await processor.drain()
    expect(processor.stats()).toMatchObject({ delivered: 5, waiting: 0 })
  })

  it('is no longer one in seconds', () => {
    const { processor, runFor } = working(forSeconds(2, { min: 10, max: 1000 }), () => 10)
    processor.setCapacity(5)
    runFor(2000)
    expect(processor.stats().capacity).toBe(5)
  })

  it.each([-1, 1.5, Number.NaN])('is refused when it is %d, and stays', (items) => {
    const processor = paused(3)
    expect(() => processor.setCapacity(items)).toThrow(/capacity/)
    expect(processor.stats().capacity).toBe(3)
  })

  it('keeps the bound of weight', async () => {
    const clock = new VirtualClock()
    const processor = new Processor<number, void>({
      handle: () => {},
      capacity: { items: 1, weight: 10 },
      weigh: (item) => item,
      whenFull: 'reject',
      concurrency: 1,
      clock,
    })
    processor.pause()
    processor.setCapacity(100)
    expect([6, 4, 1].map((item) => processor.offer(item))).toEqual([true, true, false])
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

  it('is what holds more work than anybody waits for, as patienceMs says: with Infinity nothing is one', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    // Four workers of 10 ms do 400 a second.
    for (const [capacity, patienceMs] of [
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [700, 2000],
    ] as const) {
      working(capacity, () => 10, patienceMs).runFor(6000)
    }
    expect(emitWarning).not.toHaveBeenCalled()
    working(900, () => 10, 2000).runFor(6000)
    expect(emitWarning).toHaveBeenCalledOnce()
    expect(emitWarning.mock.calls[0]![0]).toContain('nobody waits longer than 2,000 ms')
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
