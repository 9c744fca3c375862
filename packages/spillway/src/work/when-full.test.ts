import { describe, expect, it, vi } from 'vitest'
import type { Criticality } from '../gate/criticality.ts'
import { Settleable } from '../testing/settleable.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Processor } from './processor.ts'
import type { ProcessorOptions } from './processor-options.ts'

interface Item {
  readonly name: string
  readonly criticality?: Criticality
  readonly weight?: number
}

/** A processor that is busy with one item, so that everything else queues. */
function busy(options: Partial<ProcessorOptions<Item, void>>) {
  const started: string[] = []
  const ends: (() => void)[] = []
  const processor = new Processor<Item, void>({
    handle: ({ name }) => {
      started.push(name)
      const work = new Settleable<void>()
      ends.push(() => work.resolve())
      return work
    },
    capacity: 2,
    whenFull: 'reject',
    concurrency: 1,
    clock: new VirtualClock(),
    ...options,
  })
  processor.offer({ name: 'busy' })
  const finishAll = () => {
    for (let end = ends.shift(); end; end = ends.shift()) end()
    return started.slice(1)
  }
  return { processor, finishAll }
}

const byClass = (item: Item) => item.criticality ?? 'critical'

describe('whenFull: reject', () => {
  it('refuses the newcomer', () => {
    const { processor, finishAll } = busy({ whenFull: 'reject' })
    for (const name of ['a', 'b', 'c']) processor.offer({ name })
    expect(finishAll()).toEqual(['a', 'b'])
    expect(processor.stats().refused.ERR_QUEUE_FULL).toBe(1)
  })
})

describe('whenFull: drop-oldest', () => {
  it('evicts the head for the newcomer, and tells whoever waited for its result', async () => {
    const onEvict = vi.fn()
    const { processor, finishAll } = busy({ whenFull: 'drop-oldest', onEvict })
    const result = processor.run({ name: 'a' })
    processor.offer({ name: 'b' })
    expect(processor.offer({ name: 'c' })).toBe(true)
    await expect(result).rejects.toMatchObject({ code: 'ERR_EVICTED' })
    expect(onEvict).toHaveBeenCalledExactlyOnceWith({ name: 'a' }, 'full')
    expect(finishAll()).toEqual(['b', 'c'])
    expect(processor.stats()).toMatchObject({ accepted: 4, delivered: 3, evicted: { full: 1 } })
  })

  it('evicts from the least critical class', () => {
    const { processor, finishAll } = busy({ whenFull: 'drop-oldest', criticality: byClass })
    processor.offer({ name: 'important' })
    processor.offer({ name: 'lesser', criticality: 'sheddable' })
    processor.offer({ name: 'newcomer', criticality: 'sheddable' })
    expect(finishAll()).toEqual(['important', 'newcomer'])
  })

  it('evicts as many as a heavy newcomer needs, or none if that cannot be enough', () => {
    const options = { capacity: { items: 10, weight: 5 }, weigh: (item: Item) => item.weight ?? 1 }
    const { processor, finishAll } = busy({ whenFull: 'drop-oldest', ...options })
    for (const name of ['a', 'b', 'c', 'd', 'e']) processor.offer({ name })
    expect(processor.offer({ name: 'heavy', weight: 3 })).toBe(true)
    expect(processor.offer({ name: 'too heavy', weight: 6 })).toBe(false)
    expect(finishAll()).toEqual(['d', 'e', 'heavy'])
  })
})

describe('whenFull: drop-lowest', () => {
  it('evicts the oldest of the least critical class that is below the newcomer', () => {
    const onEvict = vi.fn()
    const { processor, finishAll } = busy({ whenFull: 'drop-lowest', criticality: byClass, onEvict })
    processor.offer({ name: 'sheddable', criticality: 'sheddable' })
    processor.offer({ name: 'plus', criticality: 'sheddable-plus' })
    expect(processor.offer({ name: 'critical' })).toBe(true)
    expect(onEvict).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ name: 'sheddable' }),
      'priority',
    )
    expect(finishAll()).toEqual(['critical', 'plus'])
  })

  it('refuses a newcomer that is not above what is queued', () => {
    const { processor } = busy({ whenFull: 'drop-lowest', criticality: byClass })
    processor.offer({ name: 'a', criticality: 'sheddable' })
    processor.offer({ name: 'b' })
    expect(processor.predict({ criticality: 'sheddable' })).toMatchObject({ code: 'ERR_QUEUE_FULL' })
    expect(processor.predict({ criticality: 'critical' })).toBeUndefined()
    expect(processor.offer({ name: 'same', criticality: 'sheddable' })).toBe(false)
    expect(processor.offer({ name: 'above', criticality: 'critical' })).toBe(true)
  })
})

describe('criticality', () => {
  it('orders the queue by class, and by arrival within one', () => {
    const { processor, finishAll } = busy({ capacity: 10, criticality: byClass })
    processor.offer({ name: 's', criticality: 'sheddable' })
    processor.offer({ name: 'c1', criticality: 'critical' })
    processor.offer({ name: 'p', criticality: 'sheddable-plus' })
    processor.offer({ name: 'c2', criticality: 'critical' })
    processor.offer({ name: 'top', criticality: 'critical-plus' })
    expect(finishAll()).toEqual(['top', 'c1', 'c2', 'p', 's'])
  })

  it('refuses an item whose criticality is none, before anything is counted', () => {
    const { processor } = busy({
      criticality: ({ name }) => (name === 'busy' ? 'critical' : ('urgent' as never)),
    })
    expect(() => processor.offer({ name: 'x' })).toThrow('got "urgent"')
    expect(processor.stats().received).toBe(1)
  })
})

describe('shedAboveDepth', () => {
  it('refuses newcomers at once when the queue is deep, though whenFull would let them wait', async () => {
    const { processor } = busy({ whenFull: 'block', capacity: 10, shedAboveDepth: 2 })
    await processor.enqueue({ name: 'a' })
    await processor.enqueue({ name: 'b' })
    await expect(processor.enqueue({ name: 'c' })).rejects.toMatchObject({
      code: 'ERR_SHED',
      scope: 'server',
    })
    expect(processor.predict()).toMatchObject({ code: 'ERR_SHED' })
  })
})

describe('maxQueueMs', () => {
  it('evicts at its turn what queued too long, and at once when its place is needed', async () => {
    const clock = new VirtualClock()
    const { processor, finishAll } = busy({ clock, maxQueueMs: 100 })
    const stale = processor.run({ name: 'stale' })
    clock.advance(60)
    processor.offer({ name: 'fresh' })
    clock.advance(60)
    expect(processor.offer({ name: 'newcomer' })).toBe(true)
    await expect(stale).rejects.toMatchObject({ code: 'ERR_BUDGET_SPENT' })
    clock.advance(60)
    expect(finishAll()).toEqual(['newcomer'])
    expect(processor.stats().evicted.sojourn).toBe(2)
  })
})
