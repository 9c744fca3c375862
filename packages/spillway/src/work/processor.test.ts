import { describe, expect, it, vi } from 'vitest'
import { Settleable } from '../testing/settleable.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { Processor } from './processor.ts'
import type { ProcessorOptions } from './processor-options.ts'

/** A processor whose handlers end when the test says so. */
function controlled(options: Partial<ProcessorOptions<string, string>> = {}) {
  const clock = new VirtualClock()
  const started: string[] = []
  const work = new Map<string, Settleable<string>>()
  const processor = new Processor<string, string>({
    handle: (item) => {
      started.push(item)
      const settleable = new Settleable<string>()
      work.set(item, settleable)
      return settleable
    },
    capacity: 2,
    whenFull: 'block',
    concurrency: 1,
    clock,
    ...options,
  })
  const end = (item: string) => work.get(item)!.resolve(`${item} done`)
  const fail = (item: string, error: unknown) => work.get(item)!.reject(error)
  return { clock, processor, started, end, fail }
}

const settledState = async (promise: Promise<unknown>) => {
  const state = { value: 'pending' as unknown }
  promise.then(
    () => {
      state.value = 'resolved'
    },
    (error: unknown) => {
      state.value = error
    },
  )
  await promisesSettled()
  return state
}

describe('Processor', () => {
  it('hands an item to a free worker at once, without a place in the queue', async () => {
    const { processor, started } = controlled({ capacity: 0 })
    await processor.enqueue('a')
    expect(started).toEqual(['a'])
    expect(processor.stats()).toMatchObject({ accepted: 1, inFlight: 1, queued: 0 })
  })

  it('queues up to its capacity, then makes enqueue wait, and serves in order of arrival', async () => {
    const { processor, started, end } = controlled()
    for (const item of ['a', 'b', 'c']) await processor.enqueue(item)
    const waits = await settledState(processor.enqueue('d'))
    expect(waits.value).toBe('pending')
    expect(processor.stats()).toMatchObject({ received: 4, accepted: 3, waiting: 1, queued: 2, inFlight: 1 })
    end('a')
    await promisesSettled()
    expect(waits.value).toBe('resolved')
    for (const item of ['b', 'c', 'd']) end(item)
    expect(started).toEqual(['a', 'b', 'c', 'd'])
    expect(processor.stats()).toMatchObject({ delivered: 4, queued: 0, inFlight: 0, waiting: 0 })
  })

  it('resolves run with the result of the handler, and rejects it with its error', async () => {
    const { processor, end, fail } = controlled()
    const good = processor.run('a')
    const bad = processor.run('b')
    end('a')
    fail('b', new Error('broken'))
    await expect(good).resolves.toBe('a done')
    await expect(bad).rejects.toThrow('broken')
    expect(processor.stats()).toMatchObject({ delivered: 1, failed: 1 })
  })

  it('takes a handler that answers with a plain value, or throws', async () => {
    const errors: unknown[] = []
    const processor = new Processor<number, number>({
      handle: (n) => {
        if (n === 2) throw new Error('two')
        return n * 10
      },
      capacity: 10,
      whenFull: 'reject',
      concurrency: 1,
      onError: (error) => errors.push(error),
    })
    await expect(processor.run(1)).resolves.toBe(10)
    await expect(processor.run(2)).rejects.toThrow('two')
    await expect(processor.run(3)).resolves.toBe(30)
    expect(errors).toHaveLength(1)
  })

  it('runs no more than `concurrency` handlers at once', async () => {
    const { processor, started, end } = controlled({ concurrency: 3, capacity: 10 })
    for (const item of ['a', 'b', 'c', 'd', 'e']) await processor.enqueue(item)
    expect(started).toEqual(['a', 'b', 'c'])
    end('b')
    expect(started).toEqual(['a', 'b', 'c', 'd'])
  })

  it('refuses by offer what cannot be taken at once, and counts it', () => {
    const { processor } = controlled()
    expect(['a', 'b', 'c', 'd'].map((item) => processor.offer(item))).toEqual([true, true, true, false])
    expect(processor.stats().refused.ERR_QUEUE_FULL).toBe(1)
  })

  it('lets a waiter time out, give up by its signal, or meet too many others', async () => {
    const { clock, processor } = controlled({ capacity: 1, maxWaiting: 2 })
    await processor.enqueue('a')
    await processor.enqueue('b')
    const controller = new AbortController()
    const late = await settledState(processor.enqueue('c', { timeoutMs: 50 }))
    const gone = await settledState(processor.enqueue('d', { signal: controller.signal }))
    await expect(processor.enqueue('e')).rejects.toMatchObject({ code: 'ERR_TOO_MANY_WAITING' })
    await expect(processor.enqueue('f', { timeoutMs: 0 })).rejects.toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    controller.abort('enough')
    clock.advance(50)
    await promisesSettled()
    expect(late.value).toMatchObject({ code: 'ERR_WAIT_TIMEOUT', scope: 'server', httpStatus: 503 })
    expect(gone.value).toBe('enough')
    expect(processor.stats()).toMatchObject({ received: 6, accepted: 2, abandoned: 1, waiting: 0 })
    expect(clock.pending).toBe(0)
  })

  it('touches nothing for a signal that was aborted before the call', async () => {
    const { processor, started } = controlled()
    const signal = AbortSignal.abort('before')
    await expect(processor.enqueue('a', { signal })).rejects.toBe('before')
    await expect(processor.enqueueAll(['a'], { signal })).rejects.toBe('before')
    await expect(processor.run('a', { signal })).rejects.toBe('before')
    await expect(processor.consume(['a'], { signal })).rejects.toBe('before')
    expect(started).toEqual([])
    expect(processor.stats().received).toBe(0)
  })

  it('takes a batch whole, or waits for all its places, or refuses it', async () => {
    const { processor, end } = controlled({ capacity: 3 })
    await processor.enqueueAll(['a', 'b'])
    await processor.enqueue('c')
    const batch = await settledState(processor.enqueueAll(['d', 'e']))
    expect(processor.stats()).toMatchObject({ queued: 2, waiting: 2 })
    expect(processor.offer('x')).toBe(false)
    end('a')
    await promisesSettled()
    expect(batch.value).toBe('resolved')
    await expect(processor.enqueueAll(['1', '2', '3', '4'])).rejects.toMatchObject({
      code: 'ERR_COST_EXCEEDS_BURST',
      retryable: false,
    })
  })

  it('counts capacity in weight too', async () => {
    const { processor } = controlled({ capacity: { items: 10, weight: 5 }, weigh: (item) => item.length })
    processor.offer('x')
    expect([processor.offer('aaa'), processor.offer('bbb'), processor.offer('cc')]).toEqual([
      true,
      false,
      true,
    ])
    await expect(processor.enqueue('toolarge')).rejects.toMatchObject({ code: 'ERR_COST_EXCEEDS_BURST' })
    expect(processor.stats().weight).toBe(5)
  })

  it('stops starting while paused, and goes on when resumed', () => {
    const { processor, started } = controlled()
    processor.pause()
    processor.offer('a')
    expect(started).toEqual([])
    expect(processor.stats()).toMatchObject({ queued: 1, paused: true })
    processor.resume()
    expect(started).toEqual(['a'])
  })

  it('drains when nothing is left, and gives up after the time allowed', async () => {
    const { clock, processor, end } = controlled()
    await expect(processor.drain()).resolves.toBeUndefined()
    processor.offer('a')
    processor.offer('b')
    const drained = await settledState(processor.drain())
    const gaveUp = await settledState(processor.drain({ timeoutMs: 10 }))
    clock.advance(10)
    end('a')
    await promisesSettled()
    expect(gaveUp.value).toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    expect(drained.value).toBe('pending')
    end('b')
    await promisesSettled()
    expect(drained.value).toBe('resolved')
    expect(clock.pending).toBe(0)
  })

  it('refuses newcomers and waiters once closed, and still works on what it took', async () => {
    const { processor, started, end } = controlled({ capacity: 1 })
    processor.offer('a')
    processor.offer('b')
    const waiter = await settledState(processor.enqueue('c'))
    processor.close()
    processor.close()
    await promisesSettled()
    expect(waiter.value).toMatchObject({ code: 'ERR_CLOSED' })
    await expect(processor.enqueue('d')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    end('a')
    end('b')
    await processor.drain()
    expect(started).toEqual(['a', 'b'])
    expect(processor.stats().refused.ERR_CLOSED).toBe(2)
  })

  it('has room for 1024 who wait until nothing is left, and refuses the next one', async () => {
    const processor = new Processor<number>({
      handle: () => new Promise(() => {}),
      capacity: 1,
      whenFull: 'reject',
      concurrency: 1,
      clock: new VirtualClock(),
    })
    processor.offer(1)
    for (let i = 0; i < 1024; i++) void processor.drain()
    await expect(processor.drain()).rejects.toMatchObject({ code: 'ERR_TOO_MANY_WAITING' })
  })

  it('closes and drains when disposed of', async () => {
    const { processor, end } = controlled()
    processor.offer('a')
    const disposed = await settledState(processor[Symbol.asyncDispose]())
    expect(disposed.value).toBe('pending')
    end('a')
    await promisesSettled()
    expect(disposed.value).toBe('resolved')
    expect(processor.stats().closed).toBe(true)
  })

  it('removes what is queued when purged, telling those who wait for a result', async () => {
    const onEvict = vi.fn()
    const { processor } = controlled({ onEvict })
    processor.offer('a')
    const result = await settledState(processor.run('b'))
    expect(processor.purge()).toBe(1)
    await promisesSettled()
    expect(result.value).toMatchObject({ code: 'ERR_EVICTED' })
    expect(onEvict).toHaveBeenCalledWith('b', 'purged')
    expect(processor.stats()).toMatchObject({ purged: 1, inFlight: 1, queued: 0 })
  })

  it('pulls from a source only what fits, with one item in hand', async () => {
    const { processor, end } = controlled({ whenFull: 'reject', capacity: 1 })
    const pulled: string[] = []
    async function* source() {
      for (const item of ['a', 'b', 'c', 'd']) {
        pulled.push(item)
        yield item
      }
    }
    const consumed = processor.consume(source())
    await promisesSettled()
    expect(pulled).toEqual(['a', 'b', 'c'])
    expect(processor.offer('x')).toBe(false)
    for (const item of pulled) end(item)
    await promisesSettled()
    await expect(consumed).resolves.toBe(4)
  })

  it('ends the source when the consumption is aborted', async () => {
    const { processor } = controlled({ capacity: 0 })
    let ended = false
    async function* source() {
      try {
        for (;;) yield 'a'
      } finally {
        ended = true
      }
    }
    const controller = new AbortController()
    const consumed = await settledState(processor.consume(source(), { signal: controller.signal }))
    controller.abort('stop')
    await promisesSettled()
    expect(consumed.value).toBe('stop')
    expect(ended).toBe(true)
  })

  it('predicts the refusal a newcomer would meet, and counts nothing', () => {
    const { processor } = controlled({ whenFull: 'reject', capacity: 1 })
    expect(processor.predict()).toBeUndefined()
    processor.offer('a')
    processor.offer('b')
    expect(processor.predict()).toMatchObject({ admitted: false, code: 'ERR_QUEUE_FULL', scope: 'server' })
    processor.close()
    expect(processor.predict()).toMatchObject({ code: 'ERR_CLOSED' })
    expect(processor.stats().received).toBe(2)
  })

  it('gives up a queued item, or aborts the handler, when the caller of run aborts', async () => {
    const signals: AbortSignal[] = []
    const processor = new Processor<string, string>({
      handle: (_item, { signal }) => {
        signals.push(signal)
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
      capacity: 2,
      whenFull: 'block',
      concurrency: 1,
      onError: () => {},
    })
    const first = new AbortController()
    const second = new AbortController()
    const running = processor.run('a', { signal: first.signal })
    const queued = processor.run('b', { signal: second.signal })
    second.abort('gone')
    await expect(queued).rejects.toBe('gone')
    expect(processor.stats()).toMatchObject({ queued: 0, inFlight: 1, evicted: { aborted: 1 } })
    first.abort('gone too')
    await expect(running).rejects.toBe('gone too')
    await processor.drain()
    expect(signals[0]!.aborted).toBe(true)
    expect(processor.stats()).toMatchObject({ failed: 1, inFlight: 0 })
  })
})

describe('Processor options', () => {
  const good = { handle: () => {}, capacity: 1, whenFull: 'block', concurrency: 1 } as const
  const wrong = (options: object) => () => new Processor({ ...good, ...options } as never)

  it.each([
    [
      { capacity: Number.NaN },
      'Processor: option "capacity" must be an integer of at least 0, or Infinity, got NaN',
    ],
    [{ capacity: -1 }, '"capacity"'],
    [{ capacity: 1.5 }, '"capacity"'],
    [{ capacity: undefined }, '"capacity" is missing'],
    [{ capacity: { items: 5, weight: 0 }, weigh: () => 1 }, '"weight"'],
    [{ capacity: { items: 5, weight: 3 } }, '"weigh" is missing'],
    [
      { whenFull: 'explode' },
      'must be one of "block", "reject", "drop-oldest", "drop-lowest", got "explode"',
    ],
    [{ concurrency: 0 }, '"concurrency"'],
    [{ handle: 'nothing' }, 'option "handle" must be a function, got "nothing"'],
    [{ capcity: 5 }, 'unknown option "capcity"'],
    [{ handlerTimeoutMs: -1 }, '"handlerTimeoutMs"'],
    [{ retry: { attempts: 0 } }, 'Processor retry: option "attempts"'],
    [{ startRate: { ratePerSecond: 0, burst: 1 } }, 'Processor startRate: option "ratePerSecond"'],
    [{ whenFull: 'drop-lowest' }, 'needs "criticality"'],
    [{ orderBy: () => 'k', criticality: () => 'critical' }, 'exclude each other'],
  ])('refuses %o', (options, message) => {
    expect(wrong(options)).toThrow(message)
    expect(wrong(options)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })

  it.each([[{ onSample: () => {} }], [{ limit: Number.NaN, onSample: () => {} }], [{ limit: 2 }]])(
    'refuses what is no limit: %o',
    (concurrency) => {
      expect(wrong({ concurrency })).toThrow('or a limit as made by fixed, aimd, vegas or gradient')
    },
  )

  it('tells the rate that its workers can reach while they have no work, however long and often it is asked', async () => {
    const { clock, processor, end } = controlled()
    for (let n = 0; n < 20; n++) {
      processor.offer(`item ${n}`)
      await clock.advanceAsync(10)
      end(`item ${n}`)
      await clock.advanceAsync(0)
    }
    const rates: (number | undefined)[] = []
    for (let minute = 0; minute < 3; minute++) {
      rates.push(processor.stats().ratePerSecond)
      await clock.advanceAsync(60_000)
    }
    expect(rates).toEqual([100, 100, 100])
    // With work it shows that nothing ends: after a minute without an end, below 3 a minute.
    processor.offer('hangs')
    processor.stats()
    await clock.advanceAsync(60_000)
    expect(processor.stats().ratePerSecond).toBeCloseTo(3 / 60, 6)
  })
})
