/**
 * Question: what does one buffered item cost, beside the item itself?
 * Workload: 200,000 references to one object put into the buffer, no consumer.
 * Read it as: bytes of heap for each item. Only the bounded ones stop there by themselves; in the others a flood
 *   goes on until the process dies.
 */
import type { Benchmark } from '../../harness/benchmark.ts'
import { ITEM, type Item } from '../waiting-producer.ts'
import { keeps, memoryBenchmark } from './kept.ts'

export const memoryItems: Benchmark = {
  ...memoryBenchmark,
  name: 'memory-items',
  reference: 'Spillway Channel.trySend',
  subjects: {
    'Spillway Channel.trySend': keeps('spillway', async () => {
      const { Channel } = await import('spillway')
      return (count) => {
        const channel = new Channel<Item>({ capacity: count })
        for (let i = 0; i < count; i++) channel.trySend(ITEM)
        return channel
      }
    }),
    'effect Queue.bounded offerUnsafe': keeps('effect', async () => {
      const { Effect, Queue } = await import('effect')
      return (count) => {
        const queue = Effect.runSync(Queue.bounded<Item>(count))
        for (let i = 0; i < count; i++) Queue.offerUnsafe(queue, ITEM)
        return queue
      }
    }),
    'it-pushable, no bound': keeps('it-pushable', async () => {
      const { pushable } = await import('it-pushable')
      return (count) => {
        const source = pushable<Item>({ objectMode: true })
        for (let i = 0; i < count; i++) source.push(ITEM)
        return source
      }
    }),
    'event-iterator, no bound': keeps('event-iterator', async () => {
      const { EventIterator } = await import('event-iterator')
      return (count) => {
        const source = new EventIterator<Item>(
          (queue) => {
            for (let i = 0; i < count; i++) queue.push(ITEM)
          },
          { highWaterMark: Number.POSITIVE_INFINITY },
        )
        const iterator = source[Symbol.asyncIterator]()
        return [source, iterator]
      }
    }),
    'PassThrough, false ignored': keeps(undefined, async () => {
      const { PassThrough } = await import('node:stream')
      return (count) => {
        const stream = new PassThrough({ objectMode: true })
        for (let i = 0; i < count; i++) stream.write(ITEM)
        return stream
      }
    }),
    'WritableStream, ready ignored': keeps(undefined, async () => {
      const { WritableStream } = await import('node:stream/web')
      return (count) => {
        const stream = new WritableStream<Item>({ write: () => new Promise(() => {}) })
        const writer = stream.getWriter()
        for (let i = 0; i < count; i++) void writer.write(ITEM)
        return [stream, writer]
      }
    }),
  },
}
