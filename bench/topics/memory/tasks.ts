/**
 * Question: what does one task cost that waits for its turn?
 * Workload: ten handlers that never end, 200,000 tasks behind them; the promises that the call returns are kept.
 * Read it as: bytes of heap for each waiting task. None of the other packages stops at a bound of its own, but
 *   for cockatiel, whose bound is set to infinity here.
 */
import type { Benchmark } from '../../harness/benchmark.ts'
import { ITEM, type Item } from '../waiting-producer.ts'
import { keeps, memoryBenchmark, times } from './kept.ts'

const CONCURRENCY = 10

export const memoryTasks: Benchmark = {
  ...memoryBenchmark,
  name: 'memory-tasks',
  reference: 'Spillway Processor.offer',
  subjects: {
    'Spillway Processor.offer': keeps('spillway', async () => {
      const { Processor } = await import('spillway')
      return (count) => {
        const processor = new Processor<Item, void>({
          handle: neverEnds,
          capacity: 2 * count,
          whenFull: 'reject',
          concurrency: CONCURRENCY,
        })
        return [processor, times(count, () => processor.offer(ITEM))]
      }
    }),
    'Spillway Processor.run': keeps('spillway', async () => {
      const { Processor } = await import('spillway')
      return (count) => {
        const processor = new Processor<Item, void>({
          handle: neverEnds,
          capacity: 2 * count,
          whenFull: 'reject',
          concurrency: CONCURRENCY,
        })
        return [processor, times(count, () => processor.run(ITEM))]
      }
    }),
    'async.queue': keeps('async', async () => {
      const { default: async } = await import('async')
      return (count) => {
        const queue = async.queue<Item>(() => {}, CONCURRENCY)
        return [queue, times(count, () => queue.push(ITEM, () => {}))]
      }
    }),
    'fastq.promise': keeps('fastq', async () => {
      const { default: fastq } = await import('fastq')
      return (count) => {
        const queue = fastq.promise<unknown, Item, void>(neverEnds, CONCURRENCY)
        return [queue, times(count, () => queue.push(ITEM))]
      }
    }),
    'p-limit': keeps('p-limit', async () => {
      const { default: pLimit } = await import('p-limit')
      return (count) => {
        const limit = pLimit(CONCURRENCY)
        return [limit, times(count, () => limit(neverEnds))]
      }
    }),
    'p-queue': keeps('p-queue', async () => {
      const { default: PQueue } = await import('p-queue')
      return (count) => {
        const queue = new PQueue({ concurrency: CONCURRENCY })
        return [queue, times(count, () => queue.add(neverEnds))]
      }
    }),
    'cockatiel bulkhead': keeps('cockatiel', async () => {
      const { bulkhead } = await import('cockatiel')
      return (count) => {
        const policy = bulkhead(CONCURRENCY, Number.POSITIVE_INFINITY)
        return [policy, times(count, () => policy.execute(neverEnds))]
      }
    }),
    bottleneck: keeps('bottleneck', async () => {
      const { default: Bottleneck } = await import('bottleneck')
      return (count) => {
        const limiter = new Bottleneck({ maxConcurrent: CONCURRENCY })
        return [limiter, times(count, () => limiter.schedule(neverEnds))]
      }
    }),
  },
}

function neverEnds(): Promise<void> {
  return new Promise(() => {})
}
