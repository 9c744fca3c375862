import { describe, expectTypeOf, it } from 'vitest'
import type { Refusal } from '../gate/gate.ts'
import type { Diagnosis } from '../insight/diagnosis.ts'
import { Collector } from './collector.ts'
import { Processor } from './processor.ts'

describe('the types of Processor and Collector', () => {
  const processor = new Processor({
    handle: async (item: { id: number }, { attempt, signal }) => {
      expectTypeOf(attempt).toEqualTypeOf<number>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      return item.id > 1
    },
    capacity: 1,
    whenFull: 'reject',
    concurrency: 1,
  })

  it('infer the item and the result from the handler', () => {
    expectTypeOf(processor.run).returns.toEqualTypeOf<Promise<boolean>>()
    expectTypeOf(processor.enqueue).parameter(0).toEqualTypeOf<{ id: number }>()
    expectTypeOf(processor.enqueue).returns.toEqualTypeOf<Promise<void>>()
    expectTypeOf(processor.offer).returns.toEqualTypeOf<boolean>()
    expectTypeOf(processor.predict).returns.toEqualTypeOf<Refusal | undefined>()
    expectTypeOf(processor.diagnose).returns.toEqualTypeOf<Diagnosis>()
  })

  it('refuse what would be refused at construction', () => {
    // @ts-expect-error capacity has no default
    expectTypeOf(() => new Processor({ handle: () => {}, whenFull: 'reject', concurrency: 1 })).toBeFunction()
    const blocking = { flush: () => {}, capacity: 1, whenFull: 'block', batch } as const
    // @ts-expect-error a collector never blocks by itself
    expectTypeOf(() => new Collector(blocking)).toBeFunction()
  })

  const batch = { size: 10, intervalMs: 10 }

  it('give flush a batch of the items', () => {
    const collector = new Collector<string>({
      flush: (items) => expectTypeOf(items).toEqualTypeOf<readonly string[]>(),
      capacity: 1,
      whenFull: 'reject',
      batch,
    })
    expectTypeOf(collector.record).parameters.toEqualTypeOf<[item: string]>()
    expectTypeOf(collector.recordOrWait).returns.toEqualTypeOf<Promise<void>>()
  })
})
