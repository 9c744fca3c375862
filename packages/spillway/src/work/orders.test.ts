import { describe, expect, it } from 'vitest'
import { Settleable } from '../testing/settleable.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { Processor } from './processor.ts'
import type { ProcessorOptions } from './processor-options.ts'

/** Items are named "key:number". */
function byKey(options: Partial<ProcessorOptions<string, void>> = {}) {
  const clock = new VirtualClock()
  const started: string[] = []
  const work = new Map<string, Settleable<void>>()
  const processor = new Processor<string, void>({
    handle: (item) => {
      started.push(item)
      const settleable = new Settleable<void>()
      work.set(item, settleable)
      return settleable
    },
    capacity: 20,
    whenFull: 'reject',
    concurrency: 2,
    orderBy: (item) => item.split(':')[0]!,
    onError: () => {},
    clock,
    random: () => 0.5,
    ...options,
  })
  return { clock, processor, started, end: (item: string) => work.get(item)!.resolve(), work }
}

describe('orderBy', () => {
  it("works on one key's items one after the other, and on other keys beside", () => {
    const { processor, started, end } = byKey()
    for (const item of ['a:1', 'a:2', 'b:1', 'a:3']) processor.offer(item)
    expect(started).toEqual(['a:1', 'b:1'])
    end('b:1')
    expect(started).toEqual(['a:1', 'b:1'])
    end('a:1')
    expect(started).toEqual(['a:1', 'b:1', 'a:2'])
    end('a:2')
    end('a:3')
    expect(processor.stats()).toMatchObject({ delivered: 4, queued: 0 })
  })

  it('lets a retry block its key alone, and keeps the order', () => {
    const { clock, processor, started, end, work } = byKey({ retry: { attempts: 2, baseMs: 100 } })
    for (const item of ['a:1', 'a:2', 'b:1', 'b:2']) processor.offer(item)
    work.get('a:1')!.reject(new Error('once'))
    end('b:1')
    expect(started).toEqual(['a:1', 'b:1', 'b:2'])
    expect(processor.stats()).toMatchObject({ retrying: 1, queued: 1 })
    clock.advance(50)
    expect(started).toEqual(['a:1', 'b:1', 'b:2', 'a:1'])
    end('a:1')
    expect(started.at(-1)).toBe('a:2')
  })

  it('goes on with the key when its item fails for good or is purged', () => {
    const { processor, started, end, work } = byKey()
    for (const item of ['a:1', 'a:2', 'a:3']) processor.offer(item)
    work.get('a:1')!.reject(new Error('for good'))
    expect(started).toEqual(['a:1', 'a:2'])
    processor.purge()
    processor.offer('a:4')
    expect(started).toEqual(['a:1', 'a:2'])
    end('a:2')
    expect(started).toEqual(['a:1', 'a:2', 'a:4'])
  })

  it('evicts the oldest of all keys when it drops the oldest', async () => {
    const { processor, started, end } = byKey({ whenFull: 'drop-oldest', capacity: 2, concurrency: 1 })
    for (const item of ['a:1', 'a:2', 'b:1', 'b:2']) processor.offer(item)
    expect(processor.stats().evicted.full).toBe(1)
    end('a:1')
    end('b:1')
    await promisesSettled()
    expect(started).toEqual(['a:1', 'b:1', 'b:2'])
  })

  it('keeps nothing about keys whose items are done', () => {
    const { processor, end } = byKey({ concurrency: 1 })
    for (let i = 0; i < 1000; i++) {
      processor.offer(`k${i}:1`)
      end(`k${i}:1`)
    }
    expect(processor.stats()).toMatchObject({ delivered: 1000, queued: 0 })
  })
})
