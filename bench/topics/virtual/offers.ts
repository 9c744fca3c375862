/**
 * Question: how many offers a second does a processor take in virtual time, so that a simulator can stand on it?
 * Workload: ten servers of 10 ms each, a queue of 1,000, arrivals in even steps at the given share of the capacity;
 *   service and arrivals are timers of one `VirtualClock`, answers are synchronous thenables: no promise, no real time.
 * Read it as: wall-clock speed of simulation on one core. Above the capacity most offers are refusals, which are
 *   cheaper than acceptances. The clock's own heap is included: two timers for each item served, one for each refused.
 */
import type { Clock } from 'spillway'
import { type Benchmark, millionsPerSecond, type NodeSubject } from '../../harness/benchmark.ts'
import { throughput } from '../../harness/measure.ts'
import { ITEM, type Item } from '../waiting-producer.ts'

const SERVERS = 10
const SERVICE_MS = 10
const QUEUED = 1000
const CAPACITY_PER_MS = SERVERS / SERVICE_MS

/** The subject the promise is made about. */
export const OFFERS_ABOVE_CAPACITY = 'Processor.offer at 1.2 of the capacity'

export const virtualOffers: Benchmark = {
  topic: 'virtual',
  name: 'virtual-offers',
  metric: millionsPerSecond,
  reference: OFFERS_ABOVE_CAPACITY,
  subjects: {
    'Processor.offer at 0.8 of the capacity': offersAt(0.8),
    [OFFERS_ABOVE_CAPACITY]: offersAt(1.2),
    'Processor.offer at 10 times the capacity': offersAt(10),
  },
}

function offersAt(load: number): NodeSubject {
  return {
    package: 'spillway',
    async measure(scale) {
      const { Processor } = await import('spillway')
      const { VirtualClock } = await import('spillway/testing')
      const clock = new VirtualClock()
      const processor = new Processor<Item, void>({
        handle: () => servedBy(clock),
        capacity: QUEUED,
        whenFull: 'reject',
        concurrency: SERVERS,
        clock,
      })
      const everyMs = 1 / (CAPACITY_PER_MS * load)
      return throughput((count) => {
        let offered = 0
        const arrive = (): void => {
          processor.offer(ITEM)
          offered++
          if (offered < count) clock.schedule(everyMs, arrive)
        }
        clock.schedule(everyMs, arrive)
        while (offered < count) clock.runNext()
        return offered
      }, scale)
    },
  }
}

/** Ends after the service time, synchronously inside the clock. */
function servedBy(clock: Clock): PromiseLike<void> {
  const ending = {
    // biome-ignore lint/suspicious/noThenProperty: a thenable is how work in virtual time ends without a promise
    then(done: () => void): void {
      clock.schedule(SERVICE_MS, done)
    },
  }
  // A processor calls `then` with two callbacks and ignores what it returns; that is all a thenable needs here.
  return ending as unknown as PromiseLike<void>
}
