/**
 * Question: how fast do items flow from a producer that waits for room to a consumer that waits for items?
 * Workload: capacity 1024, one producer that awaits a call for each item, one consumer; every batch uses a new
 *   queue and is done when the consumer has had the last item.
 * Read it as: the cost of a hand-over between two tasks of one process. Packages without a bound of their own are
 *   given the cheapest one that can be written (`topics/waiting-producer.ts`). Go runs its two goroutines on
 *   as many cores as it likes.
 */
import { type Benchmark, millionsPerSecond, type NodeSubject } from '../../harness/benchmark.ts'
import { throughput } from '../../harness/measure.ts'
import type { Item } from '../waiting-producer.ts'
import { iteratorSubjects } from './iterators.ts'
import { CAPACITY, consume, produce } from './pipe.ts'
import { workerSubjects } from './workers.ts'

/** The subject the promises are made about. */
export const SPILLWAY_AWAITED = 'Spillway send + for await'

export const channelAwaited: Benchmark = {
  topic: 'channel',
  name: 'channel-awaited',
  metric: millionsPerSecond,
  reference: SPILLWAY_AWAITED,
  subjects: {
    [SPILLWAY_AWAITED]: spillway(),
    ...workerSubjects,
    ...iteratorSubjects,
    'Go chan, two goroutines': { go: 'channel-one-to-one' },
  },
}

function spillway(): NodeSubject {
  return {
    package: 'spillway',
    async measure(scale) {
      const { Channel } = await import('spillway')
      return throughput(async (count) => {
        const channel = new Channel<Item>({ capacity: CAPACITY })
        void produce(count, (item) => channel.send(item)).then(() => channel.close())
        return await consume(channel)
      }, scale)
    },
  }
}
