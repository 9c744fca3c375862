/**
 * Peers of the awaited benchmark that are work queues: one worker is the
 * consumer, and a waiting producer is added where the queue has no bound.
 */
import type { Subject } from '../../harness/benchmark.ts'
import { throughput } from '../../harness/measure.ts'
import { type Item, Places } from '../waiting-producer.ts'
import { CAPACITY, produce } from './pipe.ts'

/** The work queue the promise is made about. */
export const FASTQ_PROMISE = 'fastq.promise, one worker'

export const workerSubjects: Readonly<Record<string, Subject>> = {
  [FASTQ_PROMISE]: {
    package: 'fastq',
    async measure(scale) {
      const { default: fastq } = await import('fastq')
      return throughput(async (count) => {
        const places = new Places(CAPACITY)
        let sum = 0
        const queue = fastq.promise<unknown, Item, void>(async (item) => {
          sum += item.value
          places.give()
        }, 1)
        await produce(count, (item) => {
          void queue.push(item)
          return places.fill()
        })
        await queue.drained()
        return sum
      }, scale)
    },
  },
  'async.queue, one worker': {
    package: 'async',
    async measure(scale) {
      const { default: async } = await import('async')
      return throughput(async (count) => {
        const places = new Places(CAPACITY)
        let sum = 0
        const queue = async.queue<Item>((item, done) => {
          sum += item.value
          places.give()
          done()
        }, 1)
        await produce(count, (item) => {
          queue.push(item, noCallback)
          return places.fill()
        })
        if (!queue.idle()) await queue.drain()
        return sum
      }, scale)
    },
  },
  'p-queue onSizeLessThan, one worker': {
    package: 'p-queue',
    async measure(scale) {
      const { default: PQueue } = await import('p-queue')
      return throughput(async (count) => {
        const queue = new PQueue({ concurrency: 1 })
        let sum = 0
        await produce(count, (item) => {
          void queue.add(() => {
            sum += item.value
          })
          return queue.onSizeLessThan(CAPACITY)
        })
        await queue.onIdle()
        return sum
      }, scale)
    },
  },
}

/** Without a callback `async` makes a promise for each push; the producer has no use for it. */
function noCallback(): void {}
