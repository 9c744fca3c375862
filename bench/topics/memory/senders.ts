/**
 * Question: what does one caller that waits for room cost?
 * Workload: a full queue of capacity 1, 200,000 sends that wait, their promises kept, no consumer.
 * Read it as: bytes of heap for each waiting caller, its promise included. Spillway admits this many only because
 *   the benchmark asks for it: by default 1,024 may wait.
 */
import type { Benchmark } from '../../harness/benchmark.ts'
import { ITEM, type Item } from '../waiting-producer.ts'
import { keeps, memoryBenchmark, times } from './kept.ts'

const ONE_MINUTE_MS = 60_000

export const memorySenders: Benchmark = {
  ...memoryBenchmark,
  name: 'memory-senders',
  reference: 'Spillway Channel.send',
  subjects: {
    'Spillway Channel.send': keeps('spillway', async () => {
      const { Channel } = await import('spillway')
      return (count) => {
        const channel = new Channel<Item>({ capacity: 1, maxWaiting: Number.POSITIVE_INFINITY })
        return [channel, times(count, () => channel.send(ITEM))]
      }
    }),
    'Spillway Channel.send, timeoutMs': keeps('spillway', async () => {
      const { Channel } = await import('spillway')
      return (count) => {
        const channel = new Channel<Item>({ capacity: 1, maxWaiting: Number.POSITIVE_INFINITY })
        return [channel, times(count, () => channel.send(ITEM, { timeoutMs: ONE_MINUTE_MS }))]
      }
    }),
    'Spillway Channel.send, signal': keeps('spillway', async () => {
      const { Channel } = await import('spillway')
      return (count) => {
        const { signal } = new AbortController()
        const channel = new Channel<Item>({ capacity: 1, maxWaiting: Number.POSITIVE_INFINITY })
        return [channel, times(count, () => channel.send(ITEM, { signal }))]
      }
    }),
    'effect Queue.offer': keeps('effect', async () => {
      const { Effect, Queue } = await import('effect')
      return (count) => {
        const queue = Effect.runSync(Queue.bounded<Item>(1))
        return [queue, times(count, () => Effect.runPromise(Queue.offer(queue, ITEM)))]
      }
    }),
    '@lesomnus/channel send': keeps('@lesomnus/channel', async () => {
      const { Chan } = await import('@lesomnus/channel')
      return (count) => {
        const channel = new Chan<Item>(1)
        return [channel, times(count, () => channel.send(ITEM))]
      }
    }),
  },
}
