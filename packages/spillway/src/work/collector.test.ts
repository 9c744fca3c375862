import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Settleable } from '../testing/settleable.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { Collector } from './collector.ts'
import type { CollectorOptions } from './collector-options.ts'

interface Flush {
  readonly items: readonly number[]
  readonly work: Settleable<void>
}

function collecting(options: Partial<CollectorOptions<number>> = {}) {
  const clock = new VirtualClock()
  const flushes: Flush[] = []
  const onError = vi.fn()
  const collector = new Collector<number>({
    flush: (items) => {
      const work = new Settleable<void>()
      flushes.push({ items, work })
      return work
    },
    capacity: 5,
    whenFull: 'reject',
    batch: { size: 3, intervalMs: 100 },
    clock,
    random: () => 0.5,
    onError,
    ...options,
  })
  const record = (...items: number[]) => items.map((item) => collector.record(item))
  return { clock, collector, flushes, onError, record }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('Collector', () => {
  it('flushes as soon as a batch is full', () => {
    const { flushes, record } = collecting()
    record(1, 2)
    expect(flushes).toHaveLength(0)
    record(3, 4)
    expect(flushes.map(({ items }) => items)).toEqual([[1, 2, 3]])
  })

  it('flushes what there is when the oldest item reaches the interval', () => {
    const { clock, flushes, record } = collecting()
    record(1)
    clock.advance(60)
    record(2)
    clock.advance(39)
    expect(flushes).toHaveLength(0)
    clock.advance(1)
    expect(flushes.map(({ items }) => items)).toEqual([[1, 2]])
    expect(clock.pending).toBe(0)
  })

  it('runs one flush at a time, and the next as soon as it may', () => {
    const { clock, collector, flushes, record } = collecting({ capacity: 20 })
    record(1, 2, 3, 4, 5, 6, 7)
    clock.advance(500)
    expect(flushes).toHaveLength(1)
    expect(collector.stats()).toMatchObject({ inFlight: 3, queued: 4 })
    flushes[0]!.work.resolve()
    flushes[1]!.work.resolve()
    expect(flushes.map(({ items }) => items)).toEqual([[1, 2, 3], [4, 5, 6], [7]])
    flushes[2]!.work.resolve()
    expect(collector.stats()).toMatchObject({ delivered: 7, inFlight: 0, flushes: 3 })
    expect(clock.pending).toBe(0)
  })

  it('refuses by record what finds no room, and counts it', () => {
    const { collector, record } = collecting()
    expect(record(1, 2, 3, 4, 5, 6, 7, 8, 9)).toEqual([true, true, true, true, true, true, true, true, false])
    expect(collector.stats()).toMatchObject({ received: 9, accepted: 8, refused: { ERR_QUEUE_FULL: 1 } })
  })

  it('waits by recordOrWait, with a deadline or a signal, whatever whenFull says', async () => {
    const { clock, collector, flushes, record } = collecting({ maxWaiting: 3 })
    record(1, 2, 3, 4, 5, 6, 7, 8)
    const controller = new AbortController()
    const patient = collector.recordOrWait(9)
    const late = collector.recordOrWait(10, { timeoutMs: 50 })
    const gone = collector.recordOrWait(11, { signal: controller.signal })
    await expect(collector.recordOrWait(12)).rejects.toMatchObject({ code: 'ERR_TOO_MANY_WAITING' })
    await expect(collector.recordOrWait(13, { timeoutMs: 0 })).rejects.toMatchObject({
      code: 'ERR_WAIT_TIMEOUT',
    })
    expect(collector.record(14)).toBe(false)
    controller.abort('gone')
    await expect(gone).rejects.toBe('gone')
    clock.advance(50)
    await expect(late).rejects.toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    flushes[0]!.work.resolve()
    await expect(patient).resolves.toBeUndefined()
    expect(collector.stats()).toMatchObject({ accepted: 9, abandoned: 1, waiting: 0 })
  })

  it('evicts the oldest for the newest when told to', () => {
    const onEvict = vi.fn()
    const { collector, flushes, record } = collecting({ whenFull: 'drop-oldest', onEvict })
    record(1, 2, 3, 4, 5, 6, 7, 8, 9)
    expect(onEvict).toHaveBeenCalledExactlyOnceWith(4, 'full')
    flushes[0]!.work.resolve()
    expect(flushes[1]!.items).toEqual([5, 6, 7])
    expect(collector.stats().evicted.full).toBe(1)
  })

  it('retries a failed flush before anything else, then counts the batch as failed', () => {
    const { clock, collector, flushes, onError, record } = collecting({
      retry: { attempts: 2, baseMs: 100 },
      capacity: 20,
    })
    record(1, 2, 3, 4, 5, 6)
    flushes[0]!.work.reject(new Error('once'))
    expect(collector.stats()).toMatchObject({ retrying: 3, inFlight: 0, queued: 3 })
    clock.advance(49)
    expect(flushes).toHaveLength(1)
    clock.advance(1)
    expect(flushes[1]!.items).toEqual([1, 2, 3])
    flushes[1]!.work.reject(new Error('twice'))
    expect(onError).toHaveBeenCalledExactlyOnceWith(new Error('twice'), [1, 2, 3], { attempts: 2 })
    expect(collector.stats()).toMatchObject({ failed: 3, retrying: 0, inFlight: 3 })
    expect(flushes[2]!.items).toEqual([4, 5, 6])
  })

  it('fails a flush that takes too long, and goes on when its slot is freed', () => {
    const { clock, collector, flushes, record } = collecting({ flushTimeoutMs: 100, capacity: 20 })
    record(1, 2, 3, 4, 5, 6)
    clock.advance(200)
    expect(collector.stats()).toMatchObject({ failed: 3, inFlight: 0, queued: 3 })
    expect(collector.record(7)).toBe(false)
    flushes[0]!.work.resolve()
    expect(flushes[1]!.items).toEqual([4, 5, 6])
  })

  it('flushes early when asked, and resolves when nothing is left', async () => {
    const { collector, flushes, record } = collecting()
    record(1)
    const flushed = collector.flush()
    expect(flushes[0]!.items).toEqual([1])
    flushes[0]!.work.resolve()
    await expect(flushed).resolves.toBeUndefined()
  })

  it('flushes everything when closed, refuses newcomers and waiters, and drains', async () => {
    const { clock, collector, flushes, record } = collecting()
    record(1, 2, 3, 4, 5, 6, 7, 8)
    const waiter = collector.recordOrWait(9)
    collector.close()
    await expect(waiter).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(collector.recordOrWait(10)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect(collector.record(11)).toBe(false)
    const drained = collector[Symbol.asyncDispose]()
    for (const flush of flushes) flush.work.resolve()
    await drained
    expect(flushes.map(({ items }) => items)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8],
    ])
    expect(clock.pending).toBe(0)
  })

  it('tells of a lost batch by a process warning when there is no onError', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { flushes, record } = collecting({ onError: undefined })
    record(1, 2, 3)
    flushes[0]!.work.reject(new Error('disk full'))
    expect(emitWarning).toHaveBeenCalledWith(expect.stringContaining('Error: disk full'), 'SpillwayWarning')
  })

  it.each([
    [{ whenFull: 'block' }, '"whenFull"'],
    [{ batch: { size: 0, intervalMs: 1 } }, 'Collector batch: option "size"'],
    [{ batch: { size: 1, intervalMs: Number.NaN } }, 'Collector batch: option "intervalMs"'],
    [{ batch: 5 }, 'options must be an object'],
    [{ capacity: 2.5 }, '"capacity"'],
    [{ whenFull: 'drop-lowest' }, 'needs "criticality"'],
  ])('refuses %o', (options, message) => {
    const good = { flush: () => {}, capacity: 5, whenFull: 'reject', batch: { size: 1, intervalMs: 1 } }
    expect(() => new Collector({ ...good, ...options } as never)).toThrow(message)
  })

  it('balances both ledgers after every step of any life', async () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 200 })), { maxLength: 60 })
    const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0)
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom('reject', 'drop-oldest'), async (life, whenFull) => {
        const { clock, collector, flushes, record } = collecting({
          whenFull,
          retry: { attempts: 2 },
          flushTimeoutMs: 300,
        })
        for (const [kind, pick] of life) {
          if (kind < 2) record(pick)
          else if (kind === 2) collector.recordOrWait(pick, { timeoutMs: pick }).catch(() => {})
          else if (kind === 3) clock.advance(pick)
          else if (kind === 4) flushes.shift()?.work.resolve()
          else if (kind === 5) flushes.shift()?.work.reject(new Error('sink'))
          else if (pick % 20 === 0) collector.purge()
          const stats = collector.stats()
          expect(stats.received).toBe(stats.accepted + sum(stats.refused) + stats.abandoned + stats.waiting)
          const ended = stats.delivered + sum(stats.evicted) + stats.failed + stats.purged
          expect(stats.accepted).toBe(ended + stats.queued + stats.inFlight + stats.retrying)
        }
        collector.close()
        for (let turn = 0; turn < 200; turn++) {
          for (const flush of flushes.splice(0)) flush.work.resolve()
          clock.advance(50)
          await promisesSettled()
        }
        expect(collector.stats()).toMatchObject({ queued: 0, inFlight: 0, retrying: 0, waiting: 0 })
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 100 },
    )
  })
})
