import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { OverloadError } from '../errors/overload-error.ts'
import { Settleable } from '../testing/settleable.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import type { HandlerContext } from './handler-context.ts'
import { Processor } from './processor.ts'
import type { ProcessorOptions } from './processor-options.ts'

interface Attempt {
  readonly item: string
  readonly context: HandlerContext
  readonly work: Settleable<string>
}

function attempts(options: Partial<ProcessorOptions<string, string>> = {}) {
  const clock = new VirtualClock()
  const seen: Attempt[] = []
  const onError = vi.fn()
  const processor = new Processor<string, string>({
    handle: (item, context) => {
      const work = new Settleable<string>()
      seen.push({ item, context, work })
      return work
    },
    capacity: 10,
    whenFull: 'reject',
    concurrency: 1,
    clock,
    random: () => 0.5,
    onError,
    ...options,
  })
  return { clock, processor, seen, onError }
}

describe('retry', () => {
  it('tries again after a jittered, doubling delay, and counts the final failure once', () => {
    const { clock, processor, seen, onError } = attempts({
      retry: { attempts: 3, baseMs: 100, maxMs: 10_000 },
    })
    processor.offer('a')
    const error = new Error('always')
    seen[0]!.work.reject(error)
    expect(processor.stats()).toMatchObject({ retrying: 1, inFlight: 0, failed: 0 })
    clock.advance(50)
    expect(seen[1]!.context.attempt).toBe(2)
    seen[1]!.work.reject(error)
    clock.advance(99)
    expect(seen).toHaveLength(2)
    clock.advance(1)
    seen[2]!.work.reject(error)
    expect(onError).toHaveBeenCalledExactlyOnceWith(error, 'a', { attempts: 3 })
    expect(processor.stats()).toMatchObject({ failed: 1, retrying: 0 })
  })

  it('waits as long as the refusal of the thing below asks for, and the backoff on top', () => {
    const { clock, processor, seen } = attempts({ retry: { attempts: 2, baseMs: 100 } })
    processor.offer('a')
    seen[0]!.work.reject(new OverloadError('ERR_RATE_LIMITED', 'slow down', { retryAfterMs: 5000 }))
    clock.advance(5049)
    expect(seen).toHaveLength(1)
    clock.advance(1)
    expect(seen).toHaveLength(2)
  })

  it('does not retry what retryIf, or the refusal itself, calls hopeless', () => {
    const { processor, seen, onError } = attempts({ retry: { attempts: 5 } })
    processor.offer('a')
    seen[0]!.work.reject(new OverloadError('ERR_COST_EXCEEDS_BURST', 'never'))
    expect(onError).toHaveBeenCalledOnce()
    const picky = attempts({ retry: { attempts: 5, retryIf: (error) => error === 'again' } })
    picky.processor.offer('a')
    picky.seen[0]!.work.reject('no more')
    expect(picky.processor.stats()).toMatchObject({ failed: 1, retrying: 0 })
  })

  it('holds the place of what waits for a retry, so that a failing consumer pushes back', () => {
    const { processor, seen } = attempts({ capacity: 1, retry: { attempts: 2 } })
    processor.offer('a')
    seen[0]!.work.reject(new Error('once'))
    expect(processor.stats()).toMatchObject({ retrying: 1, queued: 0 })
    processor.pause()
    expect(processor.offer('b')).toBe(false)
  })

  it('drops what waits for a retry when purged, or when its caller aborts', async () => {
    const { clock, processor, seen } = attempts({ retry: { attempts: 2 } })
    const controller = new AbortController()
    const result = processor.run('a', { signal: controller.signal })
    seen[0]!.work.reject(new Error('once'))
    controller.abort('gone')
    await expect(result).rejects.toBe('gone')
    expect(processor.stats()).toMatchObject({ retrying: 0, evicted: { aborted: 1 } })
    processor.offer('b')
    seen[1]!.work.reject(new Error('once'))
    expect(processor.purge()).toBe(1)
    expect(processor.stats()).toMatchObject({ retrying: 0, purged: 1 })
    expect(clock.pending).toBe(0)
  })
})

describe('handlerTimeoutMs', () => {
  it('aborts the signal, and fails the attempt when the handler settles', async () => {
    const { clock, processor, seen } = attempts({ handlerTimeoutMs: 100 })
    const result = processor.run('a')
    const { signal } = seen[0]!.context
    clock.advance(100)
    expect(signal.aborted).toBe(true)
    expect(processor.stats()).toMatchObject({ inFlight: 1, failed: 0 })
    seen[0]!.work.resolve('too late')
    await expect(result).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(processor.stats()).toMatchObject({ inFlight: 0, failed: 1, stragglers: 0 })
    expect(clock.pending).toBe(0)
  })

  it('gives a signal that is aborted already to a handler that asks late', () => {
    const { clock, processor, seen } = attempts({ handlerTimeoutMs: 100 })
    processor.offer('a')
    clock.advance(100)
    expect(seen[0]!.context.signal.aborted).toBe(true)
    expect(seen[0]!.context.signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('frees the slot after as long again, counts the straggler, and ignores what it answers', () => {
    const { clock, processor, seen, onError } = attempts({ handlerTimeoutMs: 100, concurrency: 2 })
    processor.offer('a')
    clock.advance(200)
    expect(processor.stats()).toMatchObject({ inFlight: 0, failed: 1, stragglers: 1 })
    seen[0]!.work.resolve('much too late')
    expect(processor.stats()).toMatchObject({ delivered: 0, failed: 1, stragglers: 0 })
    expect(onError).toHaveBeenCalledOnce()
  })

  it('refuses new work, and starts none, while as many stragglers exist as may work', () => {
    const { clock, processor, seen } = attempts({ handlerTimeoutMs: 100 })
    processor.offer('a')
    processor.offer('b')
    clock.advance(200)
    expect(seen).toHaveLength(1)
    expect(processor.offer('c')).toBe(false)
    expect(processor.predict()).toMatchObject({ code: 'ERR_CONCURRENCY_LIMITED' })
    seen[0]!.work.resolve('at last')
    expect(seen.map(({ item }) => item)).toEqual(['a', 'b'])
    expect(processor.stats().refused.ERR_CONCURRENCY_LIMITED).toBe(1)
  })
})

describe('startRate', () => {
  it('starts handlers at the rate, after a burst', () => {
    const { clock, processor, seen } = attempts({
      concurrency: 10,
      startRate: { ratePerSecond: 10, burst: 2 },
    })
    for (const item of ['a', 'b', 'c', 'd']) processor.offer(item)
    expect(seen).toHaveLength(2)
    clock.advance(99)
    expect(seen).toHaveLength(2)
    clock.advance(1)
    expect(seen).toHaveLength(3)
    clock.advance(100)
    expect(seen).toHaveLength(4)
    expect(clock.pending).toBe(0)
  })

  it('predicts the wait from the rate, without a single sample', () => {
    const { clock, processor } = attempts({
      capacity: 1,
      whenFull: 'block',
      concurrency: 10,
      startRate: { ratePerSecond: 10, burst: 1 },
    })
    processor.offer('a')
    processor.offer('b')
    expect(processor.predict({ timeoutMs: 150 })).toBeUndefined()
    expect(processor.predict({ timeoutMs: 50 })).toMatchObject({
      code: 'ERR_BUDGET_UNREACHABLE',
      retryAfterMs: 50,
    })
    clock.advance(100)
    expect(processor.predict({ timeoutMs: 50 })).toBeUndefined()
  })
})

describe('what the user supplies', () => {
  let emitWarning: MockInstance<typeof process.emitWarning>
  beforeEach(() => {
    emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  })
  afterEach(() => {
    emitWarning.mockRestore()
  })

  it('may throw in onError, onEvict, onOverload and retryIf without harm', () => {
    const bad = () => {
      throw new Error('bad listener')
    }
    const { clock, processor, seen } = attempts({
      capacity: 1,
      whenFull: 'drop-oldest',
      retry: { attempts: 2, retryIf: bad },
      onError: bad,
      onEvict: bad,
      onOverload: bad,
    })
    for (const item of ['a', 'b', 'c']) processor.offer(item)
    seen[0]!.work.reject(new Error('work'))
    seen[1]!.work.resolve('fine')
    clock.advance(1000)
    expect(processor.stats()).toMatchObject({ delivered: 1, failed: 1, evicted: { full: 1 }, queued: 0 })
    expect(emitWarning).toHaveBeenCalledWith(
      expect.stringContaining('onEvict threw: Error: bad listener'),
      expect.anything(),
    )
  })

  it('may throw in every callback of a submission without harm', () => {
    const bad = () => {
      throw new Error('bad callback')
    }
    const { processor, seen } = attempts({ capacity: 1 })
    const callbacks = { accepted: bad, refused: bad, abandoned: bad, delivered: bad, failed: bad }
    for (const item of ['a', 'b', 'c']) processor.submit(item, {}, callbacks)
    processor.submit('d', { signal: AbortSignal.abort() }, callbacks)
    seen[0]!.work.resolve('fine')
    seen[1]!.work.reject(new Error('work'))
    expect(processor.stats()).toMatchObject({ delivered: 1, failed: 1, queued: 0, inFlight: 0 })
  })

  it('may answer an attempt twice, or throw from then, and is counted once', () => {
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable that misbehaves is the subject
      then: (onResult: (value: string) => void, onError: (error: unknown) => void) => {
        onResult('first')
        onError(new Error('second'))
      },
    }
    const throws = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable that misbehaves is the subject
      then: () => {
        throw new Error('no thenable')
      },
    }
    const answers = [twice, throws]
    const { processor } = attempts({ handle: () => answers.shift() as never })
    processor.offer('a')
    processor.offer('b')
    expect(processor.stats()).toMatchObject({ delivered: 1, failed: 1, inFlight: 0, stragglers: 0 })
  })

  it('is told by a process warning of failures nobody hears of, at most every ten seconds', () => {
    const { clock, processor, seen } = attempts({ onError: undefined })
    for (let i = 0; i < 5; i++) {
      processor.offer(`${i}`)
      seen[i]!.work.reject(new Error('lost'))
    }
    expect(emitWarning).toHaveBeenCalledOnce()
    clock.advance(10_000)
    processor.offer('again')
    seen[5]!.work.reject(new Error('lost'))
    expect(emitWarning).toHaveBeenLastCalledWith(
      expect.stringContaining('4 more warnings'),
      'SpillwayWarning',
    )
  })

  it('is told why items are dropped, a second after the first and then every ten seconds at most', () => {
    const onOverload = vi.fn()
    const { clock, processor } = attempts({ capacity: 1, onOverload })
    for (let ms = 0; ms < 25_000; ms += 100) {
      processor.offer('x')
      clock.advance(100)
    }
    expect(onOverload).toHaveBeenCalledTimes(3)
    expect(onOverload.mock.calls[0]![0]).toMatchObject({
      verdict: expect.any(String),
      advice: expect.any(String),
    })
  })
})
