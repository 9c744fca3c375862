import { afterEach, describe, expect, it, vi } from 'vitest'
import { outcome, processing } from '../../test/held-work.ts'
import { OverloadError } from '../errors/overload-error.ts'
import { forSeconds } from '../insight/for-seconds.ts'
import { Settleable } from '../testing/settleable.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Processor } from './processor.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('what a handler returns', () => {
  it.each([
    [
      'a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      },
    ],
    [
      'an object whose then throws when looked at',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable that throws is the subject
        get then() {
          throw new Error('do not look')
        },
      }),
    ],
  ])('may be %s: the attempt fails, and the slot is free again', (_, handle) => {
    const { processor } = processing<unknown>({ handle: handle as never })
    processor.offer('a')
    processor.offer('b')
    expect(processor.stats()).toMatchObject({ failed: 2, inFlight: 0, queued: 0 })
  })

  it('may be a function with a then', () => {
    const thenable = Object.assign(() => {}, {
      // biome-ignore lint/suspicious/noThenProperty: a thenable that is a function is the subject
      then: (onResult: (value: string) => void) => onResult('done'),
    })
    const { processor } = processing<unknown>({ handle: () => thenable })
    const results: unknown[] = []
    processor.submit('a', {}, { delivered: (result) => results.push(result) })
    expect(results).toEqual(['done'])
  })

  it('may be rejected with undefined', async () => {
    const { processor, work } = processing()
    const result = processor.run('a')
    work[0]!.reject(undefined)
    await expect(result).rejects.toBeUndefined()
    expect(processor.stats()).toMatchObject({ failed: 1, inFlight: 0 })
  })
})

describe('what is asked about an item', () => {
  it.each([
    [{ weigh: () => Number.NaN }, '"weigh" must return a finite number of at least 0, got NaN'],
    [{ weigh: () => -1 }, 'got -1'],
    [{ weigh: () => Number.POSITIVE_INFINITY }, 'got Infinity'],
    [{ weigh: () => '5' as never }, 'got "5"'],
    [{ orderBy: () => 7 as never }, '"orderBy" must return a string, got 7'],
    [{ orderBy: () => undefined as never }, '"orderBy" must return a string, got undefined'],
    [{ criticality: () => 'top' as never }, '"criticality" must return one of'],
    [{ criticality: () => 2 as never }, 'got 2'],
  ])('is refused when out of its range, before anything is counted: %o', async (options, message) => {
    const { processor } = processing(options)
    expect(() => processor.offer('a')).toThrow(message)
    await expect(processor.enqueue('a')).rejects.toThrow(message)
    await expect(processor.enqueueAll(['a'])).rejects.toThrow(message)
    await expect(processor.run('a')).rejects.toThrow(message)
    expect(processor.stats()).toMatchObject({ received: 0, inFlight: 0 })
  })

  it.each([
    [{ items: 0 }, '"items"'],
    [{ items: 1.5 }, '"items"'],
    [{ items: Number.NaN }, '"items"'],
    [{ weight: -1 }, '"weight"'],
    [{ weight: Number.NaN }, '"weight"'],
    [{ criticality: 'top' as never }, '"criticality"'],
  ])('is refused in a prospect too: %o', (prospect, message) => {
    expect(() => processing().processor.predict(prospect)).toThrow(message)
  })

  it('forgets the rounding errors of fractions: what fits an empty queue fits a queue it may evict whole', () => {
    const weights = [0.1, 0.2, 0.3, 0.1]
    const { processor } = processing({
      capacity: { items: 10, weight: 0.7 },
      weigh: (item) => Number(item),
      whenFull: 'drop-oldest',
      criticality: (item) => (Number(item) > 0.15 ? 'critical' : 'sheddable'),
    })
    processor.pause()
    for (let i = 0; i < 200; i++) processor.offer(`${weights[i % 4]}`)
    expect(processor.offer('0.7')).toBe(true)
    expect(processor.stats()).toMatchObject({ queued: 1, weight: 0.7 })
  })
})

describe('what bounds a wait', () => {
  it.each([
    [{ timeoutMs: Number.NaN }, '"timeoutMs"'],
    [{ finishWithinMs: -1 }, '"finishWithinMs"'],
    [{ signal: {} as never }, '"signal" must be an AbortSignal'],
    [{ signal: 'stop' as never }, '"signal" must be an AbortSignal'],
    [100 as never, 'must be an object'],
  ])('is refused by every method when it is none, and nothing is counted: %o', async (wait, message) => {
    const { processor } = processing()
    await expect(processor.enqueue('a', wait)).rejects.toThrow(message)
    await expect(processor.enqueueAll(['a'], wait)).rejects.toThrow(message)
    await expect(processor.run('a', wait)).rejects.toThrow(message)
    await expect(processor.consume(['a'], wait as never)).rejects.toThrow(message)
    await expect(processor.drain(wait)).rejects.toThrow(message)
    expect(() => processor.predict(wait)).toThrow(message)
    expect(() => processor.submit('a', wait, {})).toThrow(message)
    expect(processor.stats()).toMatchObject({ received: 0, waiting: 0 })
  })
})

describe('what is left while nobody looks', () => {
  it('is told by a process warning when a submission has no failed, and there is no onError', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { processor, work } = processing({ onError: undefined })
    processor.submit('a', {}, { accepted: () => {} })
    work[0]!.reject(new Error('lost'))
    expect(emitWarning).toHaveBeenCalledWith(expect.stringContaining('Error: lost'), 'SpillwayWarning')
  })

  it('is no more than the capacity and the workers, when every attempt fails and waits for a retry', () => {
    const { processor } = processing({
      handle: () => {
        throw new Error('always')
      },
      capacity: 5,
      whenFull: 'reject',
      concurrency: 3,
      retry: { attempts: 10, baseMs: 10_000 },
    })
    for (let i = 0; i < 1000; i++) processor.offer('a')
    expect(processor.stats().retrying).toBeLessThanOrEqual(8)
    expect(processor.stats().refused.ERR_QUEUE_FULL).toBeGreaterThanOrEqual(992)
  })

  it('weighs no more than the capacity and the workers, when every attempt fails and waits for a retry', () => {
    const { processor } = processing({
      handle: () => {
        throw new Error('always')
      },
      capacity: { items: 1000, weight: 5 },
      weigh: () => 2,
      whenFull: 'reject',
      retry: { attempts: 10, baseMs: 10_000 },
    })
    for (let i = 0; i < 1000; i++) processor.offer('a')
    expect(processor.stats().weight).toBeLessThanOrEqual(7)
  })

  it('fails at once where the refusal of the thing below says that no moment is right', () => {
    const { clock, processor, work } = processing({ retry: { attempts: 5 } })
    const never = new OverloadError('ERR_RATE_LIMITED', 'never', { retryAfterMs: Number.POSITIVE_INFINITY })
    processor.offer('a')
    work[0]!.reject(never)
    expect(processor.stats()).toMatchObject({ retrying: 0, failed: 1 })
    processor.offer('b')
    work[1]!.reject(new OverloadError('ERR_RATE_LIMITED', 'odd', { retryAfterMs: Number.NaN }))
    expect(processor.stats().retrying).toBe(1)
    clock.advance(100)
    expect(work).toHaveLength(3)
  })

  it('is nothing, when the source of randomness gives no number: the retry comes at once', async () => {
    const { clock, processor, work } = processing({ retry: { attempts: 2 }, random: () => Number.NaN })
    processor.offer('a')
    work[0]!.reject(new Error('again'))
    clock.advance(0)
    work[1]!.resolve()
    await processor.drain()
    expect([processor.stats().delivered, clock.pending]).toEqual([1, 0])
  })

  it('is nothing, when the source of randomness throws, which a warning tells', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const random = () => {
      throw new Error('no dice')
    }
    const { clock, processor, work } = processing({ retry: { attempts: 2 }, random })
    processor.offer('a')
    work[0]!.reject(new OverloadError('ERR_QUEUE_FULL', 'below', { retryAfterMs: 50 }))
    clock.advance(49)
    expect([work.length, processor.stats().retrying]).toEqual([1, 1])
    clock.advance(1)
    work[1]!.resolve()
    expect(processor.stats()).toMatchObject({ delivered: 1, retrying: 0 })
    expect(emitWarning).toHaveBeenCalledWith('Processor: random threw: Error: no dice', 'SpillwayWarning')
  })

  it('never comes, when the caller gives up while retryIf is asked', async () => {
    const leaving = new AbortController()
    const retryIf = () => {
      leaving.abort('left')
      return true
    }
    const { clock, processor, work } = processing({ retry: { attempts: 3, retryIf } })
    const ran = processor.run('a', { signal: leaving.signal })
    work[0]!.reject(new Error('once'))
    clock.advance(1000)
    await expect(ran).rejects.toBe('left')
    expect(work).toHaveLength(1)
    expect(processor.stats()).toMatchObject({ failed: 1, retrying: 0 })
  })

  it('refuses a longest delay without a bound by the name of its owner', () => {
    const retry = { attempts: 2, maxMs: Number.POSITIVE_INFINITY }
    expect(() => processing({ retry })).toThrow('Processor retry: option "maxMs" must be a finite number')
  })
})

describe('those who wait for a place', () => {
  it('are let in when the one before them gives up, and start if a worker is free', async () => {
    const { clock, processor, started, work } = processing({
      concurrency: 2,
      orderBy: (item) => item[0]!,
    })
    for (const item of ['a1', 'a2', 'a3']) processor.offer(item)
    const batch = outcome(processor.enqueueAll(['a4', 'a5'], { timeoutMs: 50 }))
    const other = outcome(processor.enqueue('b1'))
    work[0]!.resolve()
    expect(started).toEqual(['a1', 'a2'])
    clock.advance(50)
    expect(started).toEqual(['a1', 'a2', 'b1'])
    expect(await batch).toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    expect(await other).toBe('resolved')
  })

  it('start at the pace of startRate, though the queue has no places at all', async () => {
    const { clock, processor, started, work } = processing({
      capacity: 0,
      startRate: { ratePerSecond: 10, burst: 1 },
    })
    processor.offer('a')
    work[0]!.resolve()
    const second = processor.enqueue('b')
    const third = processor.enqueue('c')
    clock.advance(99)
    expect(started).toEqual(['a'])
    clock.advance(1)
    expect(started).toEqual(['a', 'b'])
    await second
    work[1]!.resolve()
    clock.advance(100)
    await third
    expect(started).toEqual(['a', 'b', 'c'])
    expect(clock.pending).toBe(0)
  })

  it('end a drain by giving up, when nothing else is left', async () => {
    const { processor } = processing({ capacity: 0 })
    processor.pause()
    const controller = new AbortController()
    const waiting = processor.enqueue('a', { signal: controller.signal })
    const drained = processor.drain()
    controller.abort('gone')
    await expect(waiting).rejects.toBe('gone')
    expect(await outcome(drained)).toBe('resolved')
  })

  it('get an empty queue whole when their batch is larger than a capacity that has shrunk', async () => {
    let serviceMs = 1
    const clock = new VirtualClock()
    const processor = new Processor<number, void>({
      handle: () => {
        const work = new Settleable<void>()
        clock.schedule(serviceMs, () => work.resolve())
        return work
      },
      capacity: forSeconds(1, { min: 5, max: 500 }),
      whenFull: 'block',
      concurrency: 1,
      clock,
    })
    const batchOf = (n: number) => processor.enqueueAll(new Array<number>(n).fill(0))
    const early = batchOf(50)
    await early
    clock.advance(1000)
    for (let i = 0; i < 1000; i++) {
      processor.offer(0)
      clock.advance(1)
    }
    expect(processor.stats().capacity).toBe(500)
    serviceMs = 100
    for (let i = 0; i < 500; i++) processor.offer(0)
    const late = batchOf(400)
    clock.advance(200_000)
    await late
    await expect(batchOf(501)).rejects.toMatchObject({ code: 'ERR_COST_EXCEEDS_BURST' })
    clock.advance(100_000)
    expect(processor.stats()).toMatchObject({ queued: 0, inFlight: 0, waiting: 0 })
  })
})

describe('a Processor whose clock was set back', () => {
  function settableClock() {
    const time = new VirtualClock(1e9)
    let offsetMs = 0
    const clock = {
      nowMs: () => time.nowMs() + offsetMs,
      schedule: (delayMs: number, callback: () => void) => time.schedule(delayMs, callback),
    }
    const setBack = (byMs: number) => {
      offsetMs -= byMs
    }
    return { time, clock, setBack }
  }

  it('ends handlers that start afterwards after their time, and not after that by which it was set back', () => {
    const { time, clock, setBack } = settableClock()
    const { processor } = processing({ clock, handlerTimeoutMs: 100 })
    setBack(3_600_000)
    processor.offer('a')
    time.advance(199)
    expect(processor.stats()).toMatchObject({ inFlight: 1, failed: 0 })
    time.advance(1)
    expect(processor.stats()).toMatchObject({ inFlight: 0, failed: 1, stragglers: 1 })
  })

  it('goes on to refuse, evict and forget in its time, instead of waiting until the clock has caught up', () => {
    const { time, clock, setBack } = settableClock()
    const { processor, work } = processing({ clock, capacity: 10, maxQueueMs: 1000 })
    processor.offer('a')
    setBack(3_600_000)
    processor.offer('b')
    time.advance(1001)
    work[0]!.resolve()
    expect(processor.stats()).toMatchObject({ delivered: 1, evicted: { sojourn: 1 }, inFlight: 0 })
  })
})

describe('a clock', () => {
  it('may step back, or jump a year, without harm', async () => {
    const { clock, processor, started, work } = processing({
      capacity: 10,
      maxQueueMs: 1000,
      handlerTimeoutMs: 1000,
      retry: { attempts: 2 },
    })
    for (const item of ['a', 'b', 'c']) processor.offer(item)
    clock.step(-500)
    work[0]!.resolve()
    expect(started).toEqual(['a', 'b'])
    clock.step(365 * 24 * 3600 * 1000)
    clock.advance(0)
    work[1]!.resolve()
    clock.advance(2000)
    expect(processor.stats()).toMatchObject({ delivered: 1, queued: 0 })
    for (const settleable of work) settleable.resolve()
    clock.advance(2000)
    for (const settleable of work) settleable.resolve()
    expect(processor.offer('later')).toBe(true)
    work.at(-1)!.resolve()
    await processor.drain()
    expect(clock.pending).toBe(0)
  })
})
