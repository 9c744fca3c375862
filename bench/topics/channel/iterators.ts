/**
 * Peers of the awaited benchmark that hand items to a loop: async iterables,
 * streams, and Effect's queue.
 */
import type { Subject } from '../../harness/benchmark.ts'
import { throughput } from '../../harness/measure.ts'
import { ITEM, type Item, whenCalled } from '../waiting-producer.ts'
import { CAPACITY, consume, produce } from './pipe.ts'

/** The queue the promise is made about. */
export const EFFECT_TAKE = 'effect Queue.bounded offer + take'

export const iteratorSubjects: Readonly<Record<string, Subject>> = {
  [EFFECT_TAKE]: {
    package: 'effect',
    async measure(scale) {
      const { Effect, Queue } = await import('effect')
      return throughput((count) => {
        const program = Effect.gen(function* () {
          const queue = yield* Queue.bounded<Item>(CAPACITY)
          let sum = 0
          const producer = Effect.gen(function* () {
            for (let i = 0; i < count; i++) yield* Queue.offer(queue, ITEM)
          })
          const consumer = Effect.gen(function* () {
            for (let i = 0; i < count; i++) sum += (yield* Queue.take(queue)).value
          })
          yield* Effect.all([producer, consumer], { concurrency: 'unbounded', discard: true })
          return sum
        })
        return Effect.runPromise(program)
      }, scale)
    },
  },
  'effect Queue.bounded offer + takeAll': {
    package: 'effect',
    async measure(scale) {
      const { Effect, Queue } = await import('effect')
      return throughput((count) => {
        const program = Effect.gen(function* () {
          const queue = yield* Queue.bounded<Item>(CAPACITY)
          let sum = 0
          const producer = Effect.gen(function* () {
            for (let i = 0; i < count; i++) yield* Queue.offer(queue, ITEM)
          })
          const consumer = Effect.gen(function* () {
            while (sum < count) for (const item of yield* Queue.takeAll(queue)) sum += item.value
          })
          yield* Effect.all([producer, consumer], { concurrency: 'unbounded', discard: true })
          return sum
        })
        return Effect.runPromise(program)
      }, scale)
    },
  },
  'it-pushable + onEmpty': {
    package: 'it-pushable',
    async measure(scale) {
      const { pushable } = await import('it-pushable')
      return throughput(async (count) => {
        const source = pushable<Item>({ objectMode: true })
        void produce(count, (item) => {
          source.push(item)
          return source.readableLength < CAPACITY ? undefined : source.onEmpty()
        }).then(() => source.end())
        return await consume(source)
      }, scale)
    },
  },
  'repeater, FixedBuffer': {
    package: '@repeaterjs/repeater',
    async measure(scale) {
      const { FixedBuffer, Repeater } = await import('@repeaterjs/repeater')
      return throughput(async (count) => {
        const source = new Repeater<Item>(
          async (push, stop) => {
            await produce(count, push)
            stop()
          },
          new FixedBuffer(CAPACITY - 1),
        )
        return await consume(source)
      }, scale)
    },
  },
  '@lesomnus/channel send + for await': {
    package: '@lesomnus/channel',
    async measure(scale) {
      const { Chan } = await import('@lesomnus/channel')
      return throughput(async (count) => {
        const channel = new Chan<Item>(CAPACITY)
        void produce(count, (item) => channel.send(item))
        let sum = 0
        // Closing it fails the receivers at once, buffered items and all, so the consumer counts.
        while (sum < count) sum += (await channel.recv()).value
        return sum
      }, scale)
    },
  },
  'TransformStream, writer.ready': {
    async measure(scale) {
      const { CountQueuingStrategy, TransformStream } = await import('node:stream/web')
      return throughput(async (count) => {
        const bound = new CountQueuingStrategy({ highWaterMark: CAPACITY })
        const { readable, writable } = new TransformStream<Item, Item>({}, bound)
        const writer = writable.getWriter()
        void produce(count, (item) => {
          void writer.write(item)
          return writer.ready
        }).then(() => writer.close())
        return await consume(readable)
      }, scale)
    },
  },
  'ReadableStream, pull': {
    async measure(scale) {
      const { CountQueuingStrategy, ReadableStream } = await import('node:stream/web')
      return throughput(async (count) => {
        let left = count
        const source = {
          pull(controller: ReadableStreamDefaultController<Item>) {
            controller.enqueue(ITEM)
            left--
            if (left === 0) controller.close()
          },
        }
        return await consume(
          new ReadableStream(source, new CountQueuingStrategy({ highWaterMark: CAPACITY })),
        )
      }, scale)
    },
  },
  'PassThrough, object mode': {
    async measure(scale) {
      const { PassThrough } = await import('node:stream')
      return throughput(async (count) => {
        const stream = new PassThrough({ objectMode: true, highWaterMark: CAPACITY })
        let resume = (): void => {}
        stream.on('drain', () => resume())
        void produce(count, (item) => {
          if (stream.write(item)) return undefined
          const drained = whenCalled()
          resume = drained.call
          return drained.promise
        }).then(() => stream.end())
        // An object stream gives back what was written; Node.js types its items `any`.
        return await consume(stream as AsyncIterable<Item>)
      }, scale)
    },
  },
}
