import { describe, expect, it, vi } from 'vitest'
import { Settleable } from '../testing/settleable.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { Collector } from './collector.ts'
import type { CollectorOptions } from './collector-options.ts'
import type { LedgerSnapshot } from './ledger.ts'
import { Processor } from './processor.ts'
import type { ProcessorOptions } from './processor-options.ts'

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0)

function expectBalance(stats: LedgerSnapshot) {
  expect(stats.received).toBe(stats.accepted + sum(stats.refused) + stats.abandoned + stats.waiting)
  const ended = stats.delivered + sum(stats.evicted) + stats.failed + stats.purged
  expect(stats.accepted).toBe(ended + stats.queued + stats.inFlight + stats.retrying)
}

/** A processor of one worker, whose handlers never settle unless told otherwise. */
function processing(options: Partial<ProcessorOptions<string, void>>) {
  return new Processor<string, void>({
    handle: () => new Settleable<void>(),
    capacity: 2,
    whenFull: 'reject',
    concurrency: 1,
    onError: () => {},
    clock: new VirtualClock(),
    ...options,
  })
}

function collecting(options: Partial<CollectorOptions<number>>) {
  return new Collector<number>({
    flush: () => new Settleable<void>(),
    capacity: 2,
    whenFull: 'reject',
    batch: { size: 2, intervalMs: 100 },
    onError: () => {},
    clock: new VirtualClock(),
    ...options,
  })
}

describe('the ledgers of a Processor, seen from inside', () => {
  it('balance while a handler runs', () => {
    const processor = processing({ handle: () => expectBalance(processor.stats()) })
    processor.offer('a')
    processor.submit('b', { finishWithinMs: 50 }, {})
    expect(processor.stats()).toMatchObject({ delivered: 2, failed: 0 })
  })

  it('balance while retryIf is asked', () => {
    const retryIf = () => {
      expectBalance(processor.stats())
      return asked++ === 0
    }
    let asked = 0
    const clock = new VirtualClock()
    const handle = () => {
      throw new Error('always')
    }
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const processor = processing({ clock, handle, retry: { attempts: 3, retryIf } })
    processor.offer('a')
    clock.advance(1000)
    expect([asked, warned.mock.calls]).toEqual([2, []])
    expect(processor.stats()).toMatchObject({ failed: 1, retrying: 0, weight: 0 })
    warned.mockRestore()
  })

  it.each(['drop-oldest', 'reject'] as const)('balance in onEvict, with whenFull "%s"', (whenFull) => {
    const clock = new VirtualClock()
    let evictions = 0
    const onEvict = () => {
      evictions++
      expectBalance(processor.stats())
    }
    const warned: string[] = []
    const processor = processing({ whenFull, onEvict, maxQueueMs: 50, clock })
    for (const item of ['a', 'b', 'c', 'd']) processor.offer(item)
    clock.advance(60)
    processor.offer('e')
    expect(evictions).toBeGreaterThan(0)
    expect(warned).toEqual([])
  })
})

describe('onEvict of a Processor', () => {
  it('may put the item back: a purge removes what was there when it began', () => {
    let returns = 0
    const processor = processing({
      onEvict: (item) => {
        if (returns++ < 1000) processor.offer(item)
      },
    })
    for (const item of ['a', 'b', 'c']) processor.offer(item)
    expect(processor.purge()).toBe(2)
    expect(processor.stats()).toMatchObject({ purged: 2, queued: 2 })
  })

  it('may put the item back, also when it waited for a retry that fails again at once', () => {
    let returns = 0
    const processor = processing({
      handle: () => {
        throw new Error('always')
      },
      retry: { attempts: 5 },
      onEvict: (item) => {
        if (returns++ < 1000) processor.offer(item)
      },
    })
    processor.offer('a')
    expect(processor.purge()).toBe(1)
    expect(processor.stats()).toMatchObject({ purged: 1, retrying: 1 })
  })

  it('does not get the place that was made for the newcomer', () => {
    const back: boolean[] = []
    const processor = processing({
      capacity: 1,
      whenFull: 'drop-oldest',
      onEvict: (item) => {
        if (item === 'old') back.push(processor.offer('again'))
      },
    })
    const seen: string[] = []
    processor.offer('busy')
    processor.offer('old')
    processor.submit('new', {}, { accepted: () => seen.push('accepted'), failed: () => seen.push('failed') })
    expect(processor.stats().refused.ERR_QUEUE_FULL).toBe(0)
    expect(seen).toContain('accepted')
    expect(back).toEqual([true])
  })
})

describe('a Processor called from inside', () => {
  it('may be closed, purged, paused and asked for more by its own handler', async () => {
    const handled: string[] = []
    const processor = processing({
      capacity: 10,
      handle: (item) => {
        handled.push(item)
        if (item === 'more') for (const next of ['x', 'y', 'pause', 'z', 'purge', 'w']) processor.offer(next)
        if (item === 'pause') processor.pause()
        if (item === 'purge') processor.purge()
        if (item === 'close') processor.close()
        expectBalance(processor.stats())
      },
    })
    processor.offer('more')
    expect(handled).toEqual(['more', 'x', 'y', 'pause'])
    processor.resume()
    expect(handled).toEqual(['more', 'x', 'y', 'pause', 'z', 'purge'])
    processor.offer('close')
    expect(processor.offer('late')).toBe(false)
    await processor.drain()
    expect(processor.stats()).toMatchObject({ delivered: 7, purged: 1, failed: 0 })
  })

  it('may be asked for more by accepted, refused, delivered and failed, and keeps count', () => {
    let asks = 0
    const processor = processing({
      whenFull: 'block',
      handle: (item) => {
        if (item.endsWith('!')) throw new Error('work')
      },
    })
    const ask = (item: string): void => {
      if (asks++ > 50) return
      const again = () => {
        expectBalance(processor.stats())
        ask(`${asks}${asks % 3 ? '' : '!'}`)
      }
      processor.submit(item, {}, { accepted: again, refused: again, delivered: again, failed: again })
    }
    ask('first')
    expectBalance(processor.stats())
    expect(processor.stats()).toMatchObject({ queued: 0, inFlight: 0, waiting: 0, received: 51 })
  })
})

describe('a submission', () => {
  it('is accepted before it is delivered or fails, though its handler answers at once', () => {
    const seen: string[] = []
    const processor = processing({
      handle: (item) => {
        seen.push(item)
        if (item === 'fails') throw new Error('at once')
      },
    })
    for (const item of ['works', 'fails']) {
      const told = (what: string) => () => seen.push(what)
      processor.submit(
        item,
        {},
        { accepted: told('accepted'), delivered: told('delivered'), failed: told('failed') },
      )
    }
    expect(seen).toEqual(['accepted', 'works', 'delivered', 'accepted', 'fails', 'failed'])
  })

  it('is accepted before it is purged by the one that hears whom it has displaced', () => {
    const seen: string[] = []
    const processor = processing({
      capacity: 1,
      whenFull: 'drop-oldest',
      onEvict: (item) => {
        expectBalance(processor.stats())
        if (item === 'old') processor.purge()
      },
    })
    processor.offer('busy')
    processor.offer('old')
    const accepted = () => {
      expectBalance(processor.stats())
      seen.push('accepted')
    }
    processor.submit('new', {}, { accepted, failed: () => seen.push('failed') })
    expect(seen).toEqual(['accepted', 'failed'])
    expect(processor.stats()).toMatchObject({ evicted: { full: 1 }, purged: 1 })
  })

  it('may be purged by the one that hears of its acceptance', () => {
    const seen: string[] = []
    const processor = processing({ handle: (item) => void seen.push(item) })
    processor.submit('a', {}, { accepted: () => processor.purge(), failed: () => seen.push('failed') })
    expect(seen).toEqual(['failed'])
    expect(processor.stats()).toMatchObject({ purged: 1, queued: 0, inFlight: 0 })
  })
})

describe('a signal', () => {
  it('may be aborted by a function that is asked about the item: then the item is not worked on', async () => {
    const leaving = new AbortController()
    const handled: string[] = []
    const processor = processing({
      handle: (item) => void handled.push(item),
      weigh: () => {
        leaving.abort('left')
        return 1
      },
    })
    await expect(processor.run('a', { signal: leaving.signal })).rejects.toBe('left')
    expect(handled).toEqual([])
    expect(processor.stats()).toMatchObject({ received: 1, abandoned: 1, accepted: 0 })
    expectBalance(processor.stats())
  })

  it('may be aborted from inside the call that it bounds', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const processor = processing({
      clock,
      capacity: 1,
      whenFull: 'block',
      maxQueueMs: 10,
      onEvict: () => {
        processor.offer('takes the place')
        controller.abort('inside')
      },
    })
    processor.offer('busy')
    processor.offer('stale')
    clock.advance(20)
    await expect(processor.enqueue('a', { signal: controller.signal })).rejects.toBe('inside')
    expect(processor.stats()).toMatchObject({ abandoned: 1, waiting: 0 })
    expectBalance(processor.stats())
  })
})

describe('a Collector called from inside', () => {
  it('keeps balanced ledgers in flush and in onEvict', () => {
    let looks = 0
    const look = () => {
      looks++
      expectBalance(collector.stats())
    }
    const collector = collecting({ whenFull: 'drop-oldest', onEvict: look, flush: look })
    for (let i = 0; i < 7; i++) collector.record(i)
    expect(looks).toBeGreaterThan(0)
    expect(collector.stats().failed).toBe(0)
  })

  it('may be given what onEvict was told of: a purge removes what was there when it began', () => {
    let returns = 0
    const collector = collecting({
      capacity: 5,
      onEvict: (item) => {
        if (returns++ < 1000) collector.record(item)
      },
    })
    for (let i = 0; i < 5; i++) collector.record(i)
    expect(collector.purge()).toBe(3)
    expect(collector.stats()).toMatchObject({ purged: 3, queued: 3 })
  })

  it('goes through a long queue with a flush that answers at once, without a deep stack', async () => {
    const first = new Settleable<void>()
    let flushes = 0
    const collector = collecting({
      capacity: 50_000,
      batch: { size: 1, intervalMs: 100 },
      flush: () => (flushes++ === 0 ? first : undefined),
    })
    for (let i = 0; i < 50_000; i++) collector.record(i)
    first.resolve()
    await promisesSettled()
    expect(collector.stats()).toMatchObject({ delivered: 50_000, failed: 0, queued: 0, inFlight: 0 })
  })
})
