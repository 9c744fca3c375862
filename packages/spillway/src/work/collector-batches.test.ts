import { describe, expect, it } from 'vitest'
import { Settleable } from '../testing/settleable.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Collector } from './collector.ts'
import type { CollectorOptions } from './collector-options.ts'

interface Flush {
  readonly items: readonly number[]
  readonly work: Settleable<void>
}

function collecting(options: Partial<CollectorOptions<number>> = {}) {
  const clock = new VirtualClock()
  const flushes: Flush[] = []
  const collector = new Collector<number>({
    flush: (items) => {
      const work = new Settleable<void>()
      flushes.push({ items, work })
      return work
    },
    capacity: 20,
    whenFull: 'reject',
    batch: { size: 3, intervalMs: 1000 },
    clock,
    random: () => 0.5,
    onError: () => {},
    ...options,
  })
  const record = (...items: number[]) => items.map((item) => collector.record(item))
  const flushed = () => flushes.map(({ items }) => items)
  return { clock, collector, flushes, flushed, record }
}

describe('the batches of a Collector', () => {
  it('follow each other to the last item when it is told to flush', async () => {
    const { collector, flushes, flushed, record } = collecting()
    record(1, 2, 3, 4, 5, 6, 7)
    const done = collector.flush()
    for (let i = 0; i < 3; i++) flushes[i]?.work.resolve()
    expect(flushed()).toEqual([[1, 2, 3], [4, 5, 6], [7]])
    await done
  })

  it('are not hurried by a flush whose signal was aborted before the call', async () => {
    const { collector, flushed, record } = collecting()
    record(1)
    await expect(collector.flush({ signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect(flushed()).toEqual([])
  })

  it('leave as soon as the queue is full, though they are not', () => {
    const { flushed, record } = collecting({ capacity: 2 })
    expect(record(1, 2, 3)).toEqual([true, true, true])
    expect(flushed()).toEqual([[1, 2]])
  })

  it('leave as soon as the queue can hold no more weight', () => {
    const { flushed, record } = collecting({ capacity: { items: 20, weight: 10 }, weigh: (item) => item })
    expect(record(6, 5)).toEqual([true, true])
    expect(flushed()).toEqual([[6]])
  })

  it('never overlap, though a flush that overstayed is to be tried again', () => {
    const { clock, collector, flushes, flushed, record } = collecting({
      flushTimeoutMs: 100,
      retry: { attempts: 2, baseMs: 10 },
    })
    record(1, 2, 3)
    clock.advance(200)
    expect(collector.stats()).toMatchObject({ retrying: 3, inFlight: 0 })
    clock.advance(500)
    expect(flushed()).toEqual([[1, 2, 3]])
    flushes[0]!.work.resolve()
    expect(flushed()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    flushes[1]!.work.resolve()
    expect(collector.stats()).toMatchObject({ delivered: 3, retrying: 0, failed: 0 })
    expect(clock.pending).toBe(0)
  })

  it('have no timer when no age makes them leave', () => {
    const { clock, flushed, record } = collecting({
      batch: { size: 3, intervalMs: Number.POSITIVE_INFINITY },
    })
    record(1, 2)
    expect([clock.pending, flushed()]).toEqual([0, []])
    record(3)
    expect(flushed()).toEqual([[1, 2, 3]])
  })

  it('are as they were stated, whatever becomes of the object that stated them', () => {
    const batch = { size: 2, intervalMs: 1000 }
    const { collector, flushed } = collecting({ batch })
    batch.size = -1
    for (const item of [1, 2, 3, 4]) collector.record(item)
    expect(flushed()[0]).toHaveLength(2)
  })

  it('are impossible without a place to wait in', () => {
    expect(() => collecting({ capacity: 0 })).toThrow('option "capacity" must be an integer of at least 1')
    expect(() => collecting({ capacity: { items: 0, weight: 5 }, weigh: () => 1 })).toThrow('at least 1')
  })
})
