/**
 * Errors that can't be looked at: work may throw anything, and whatever it throws is counted, told, and harmless.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { aimd } from '../concurrency/aimd.ts'
import { inOneLine } from '../errors/warning.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { Collector } from './collector.ts'
import { Processor } from './processor.ts'

function secret(): never {
  throw new Error('do not look')
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const errors: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['an object without a prototype', Object.create(null)],
  ['a symbol', Symbol('error')],
  ['an object whose text is none', { toString: secret }],
  ['an error without a readable message', Object.defineProperty(new Error('x'), 'message', { get: secret })],
  ['an error with a symbol for a name', Object.assign(new Error('x'), { name: Symbol('name') })],
  ['an error without a readable status', Object.defineProperty(new Error('x'), 'status', { get: secret })],
  ['a revoked proxy', revoked()],
]

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(errors)('work that throws %s', (_name, error) => {
  it('has failed, in a Processor without onError, at once or later, with a limit that learns or without', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    for (const concurrency of [2, aimd()]) {
      const clock = new VirtualClock()
      const processor = new Processor<string>({
        handle(item) {
          if (item === 'at once') throw error
          return Promise.reject(error)
        },
        capacity: 10,
        whenFull: 'block',
        concurrency,
        retry: { attempts: 2, baseMs: 1 },
        clock,
      })
      processor.offer('at once')
      processor.offer('later')
      await promisesSettled()
      await clock.advanceAsync(10)
      expect(processor.stats()).toMatchObject({ failed: 2, inFlight: 0, queued: 0, retrying: 0 })
      await processor.drain()
      expect(clock.pending).toBe(0)
    }
    expect(warned).toHaveBeenCalled()
  })

  it('has failed, in a Collector, and the next batch goes on', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const clock = new VirtualClock()
    const collector = new Collector<number>({
      flush: () => Promise.reject(error),
      capacity: 10,
      whenFull: 'reject',
      batch: { size: 2, intervalMs: 10 },
      clock,
    })
    for (const item of [1, 2, 3, 4]) collector.record(item)
    await collector.flush()
    expect(collector.stats()).toMatchObject({ failed: 4, inFlight: 0, queued: 0 })
  })

  it('can be told in one line', () => {
    expect(inOneLine(error)).toMatch(/^[^\n]*$/)
  })
})
