/**
 * Question: what does it cost to refuse a task, when the workers are busy and the queue is full?
 * Workload: one worker that never ends and no place to wait; every task is refused and, where the answer is a
 *   rejected promise, the rejection is awaited and its error looked at.
 * Read it as: what a flood costs the one who refuses it. An error with a stack trace costs far more than a value.
 */
import { type Benchmark, millionsPerSecond } from '../../harness/benchmark.ts'
import { throughput } from '../../harness/measure.ts'
import { ITEM, type Item } from '../waiting-producer.ts'

const busyOptions = {
  handle: (): Promise<void> => new Promise(() => {}),
  capacity: 1,
  whenFull: 'reject',
  concurrency: 1,
} as const

export const tasksRefused: Benchmark = {
  topic: 'tasks',
  name: 'tasks-refused',
  metric: millionsPerSecond,
  reference: 'Spillway Processor.enqueue, rejects',
  subjects: {
    'Spillway Processor.offer, answers false': {
      package: 'spillway',
      async measure(scale) {
        const { Processor } = await import('spillway')
        const processor = new Processor<Item, void>(busyOptions)
        while (processor.offer(ITEM)) {}
        return throughput((count) => {
          let refused = 0
          for (let i = 0; i < count; i++) if (!processor.offer(ITEM)) refused++
          return refused
        }, scale)
      },
    },
    'Spillway Processor.enqueue, rejects': {
      package: 'spillway',
      async measure(scale) {
        const { isOverloadError, Processor } = await import('spillway')
        const processor = new Processor<Item, void>(busyOptions)
        while (processor.offer(ITEM)) {}
        return throughput((count) => refusals(count, () => processor.enqueue(ITEM), isOverloadError), scale)
      },
    },
    'cockatiel bulkhead, rejects': {
      package: 'cockatiel',
      async measure(scale) {
        const { bulkhead, isBulkheadRejectedError } = await import('cockatiel')
        const policy = bulkhead(1)
        void policy.execute(busyOptions.handle)
        return throughput(
          (count) => refusals(count, () => policy.execute(busyOptions.handle), isBulkheadRejectedError),
          scale,
        )
      },
    },
    'opossum, rejects': {
      package: 'opossum',
      async measure(scale) {
        const { default: CircuitBreaker } = await import('opossum')
        const breaker = new CircuitBreaker(busyOptions.handle, {
          capacity: 1,
          timeout: false,
          // A refusal counts as a failure there; without this the circuit would open.
          errorThresholdPercentage: 101,
        })
        void breaker.fire()
        return throughput((count) => refusals(count, () => breaker.fire(), isSemaphoreLocked), scale)
      },
    },
  },
}

async function refusals(
  count: number,
  ask: () => Promise<unknown>,
  isRefusal: (error: unknown) => boolean,
): Promise<number> {
  let refused = 0
  for (let i = 0; i < count; i++) {
    try {
      await ask()
    } catch (error) {
      if (isRefusal(error)) refused++
    }
  }
  return refused
}

function isSemaphoreLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESEMLOCKED'
}
