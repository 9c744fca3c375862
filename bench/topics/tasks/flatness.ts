/**
 * Question: does the heap grow with the number of tasks that have gone through?
 * Workload: one processor; a million tasks, the heap read after a full collection, a million more, and read again.
 * Read it as: what stays behind of a million finished tasks; 0 but for the noise of the runtime's own tables.
 */
import type { Benchmark, Scale } from '../../harness/benchmark.ts'
import { usedBytes } from '../../harness/measure.ts'
import { ITEM } from '../waiting-producer.ts'
import { SPILLWAY_TASKS } from './contenders.ts'
import { CONCURRENCY, QUEUED } from './runner.ts'

const TASKS: Readonly<Record<Scale, number>> = { full: 1_000_000, quick: 200_000 }
const MB = 1e6

export const tasksFlatness: Benchmark = {
  topic: 'tasks',
  name: 'tasks-flatness',
  metric: { unit: 'MB', better: 'lower' },
  reference: SPILLWAY_TASKS,
  maxRounds: 3,
  subjects: {
    [SPILLWAY_TASKS]: {
      package: 'spillway',
      async measure(scale) {
        const { Processor } = await import('spillway')
        const processor = new Processor({
          handle: async () => {},
          capacity: QUEUED,
          whenFull: 'block',
          concurrency: CONCURRENCY,
        })
        const half = async (): Promise<number> => {
          for (let i = 0; i < TASKS[scale]; i++) await processor.enqueue(ITEM)
          return await usedBytes()
        }
        const after = await half()
        return ((await half()) - after) / MB
      },
    },
  },
}
