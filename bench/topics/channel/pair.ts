/**
 * Question: what does it cost to put one item into a bounded queue and to take it out again, without waiting?
 * Workload: capacity 1024; one item in, one item out, in a plain loop of one caller; no promises.
 * Read it as: the floor under everything that queues. It shows nothing about waiting or about wake-ups.
 */
import { type Benchmark, millionsPerSecond } from '../../harness/benchmark.ts'
import { throughput } from '../../harness/measure.ts'
import { ITEM, type Item } from '../waiting-producer.ts'

const CAPACITY = 1024

export const channelPair: Benchmark = {
  topic: 'channel',
  name: 'channel-pair',
  metric: millionsPerSecond,
  reference: 'Spillway trySend + tryReceive',
  subjects: {
    'Spillway trySend + tryReceive': {
      package: 'spillway',
      async measure(scale) {
        const { Channel } = await import('spillway')
        const channel = new Channel<Item>({ capacity: CAPACITY })
        return throughput((count) => {
          let sum = 0
          for (let i = 0; i < count; i++) {
            channel.trySend(ITEM)
            const received = channel.tryReceive()
            if (received !== undefined && !received.done) sum += received.value.value
          }
          return sum
        }, scale)
      },
    },
    'effect offerUnsafe + takeUnsafe': {
      package: 'effect',
      async measure(scale) {
        const { Effect, Exit, Queue } = await import('effect')
        const queue = Effect.runSync(Queue.bounded<Item>(CAPACITY))
        return throughput((count) => {
          let sum = 0
          for (let i = 0; i < count; i++) {
            Queue.offerUnsafe(queue, ITEM)
            const exit = Queue.takeUnsafe(queue)
            if (exit && Exit.isSuccess(exit)) sum += exit.value.value
          }
          return sum
        }, scale)
      },
    },
    'PassThrough write + read': {
      async measure(scale) {
        const { PassThrough } = await import('node:stream')
        const stream = new PassThrough({ objectMode: true, highWaterMark: CAPACITY })
        return throughput((count) => {
          let sum = 0
          for (let i = 0; i < count; i++) {
            stream.write(ITEM)
            // Typed `any` by Node.js; an object stream gives back what was written.
            const item = stream.read() as Item | null
            if (item) sum += item.value
          }
          return sum
        }, scale)
      },
    },
    'array push + shift, no bound': {
      measure(scale) {
        const queue: Item[] = []
        return throughput((count) => {
          let sum = 0
          for (let i = 0; i < count; i++) {
            queue.push(ITEM)
            sum += queue.shift()?.value ?? 0
          }
          return sum
        }, scale)
      },
    },
    'Go chan, send + receive': { go: 'channel-pair' },
  },
}
