/**
 * Question: how high does the heap climb while 100,000 tasks go through ten handlers?
 * Workload: the no-op handler of the throughput benchmark, the heap read every 500 tasks; beside the waiting
 *   producers stand the packages that have none, used as their READMEs show: everything submitted at once.
 * Read it as: what letting work pile up costs. Garbage that is not collected yet is included, so a few MB mean
 *   nothing; tens of MB grow with the number of tasks.
 */
import type { Benchmark, NodeSubject } from '../../harness/benchmark.ts'
import { usedBytes } from '../../harness/measure.ts'
import { ITEM } from '../waiting-producer.ts'
import { contenders, FASTQ_TASKS, SPILLWAY_TASKS } from './contenders.ts'
import { CONCURRENCY, type Contender } from './runner.ts'

const TASKS = 100_000
const READ_EVERY = 500
const MB = 1e6

export const tasksPeak: Benchmark = {
  topic: 'tasks',
  name: 'tasks-peak',
  metric: { unit: 'MB', better: 'lower' },
  reference: SPILLWAY_TASKS,
  maxRounds: 3,
  subjects: {
    [SPILLWAY_TASKS]: peakOf(contenders[SPILLWAY_TASKS]!),
    [FASTQ_TASKS]: peakOf(contenders[FASTQ_TASKS]!),
    'fastq.promise, all at once': peakOf({
      package: 'fastq',
      async load(work) {
        const { default: fastq } = await import('fastq')
        const queue = fastq.promise<unknown, typeof ITEM, void>(async (item) => work(item), CONCURRENCY)
        return (count) => all(count, () => queue.push(ITEM))
      },
    }),
    'p-limit, all at once': peakOf({
      package: 'p-limit',
      async load(work) {
        const { default: pLimit } = await import('p-limit')
        const limit = pLimit(CONCURRENCY)
        return (count) => all(count, () => limit(async () => work(ITEM)))
      },
    }),
    'p-queue, all at once': peakOf({
      package: 'p-queue',
      async load(work) {
        const { default: PQueue } = await import('p-queue')
        const queue = new PQueue({ concurrency: CONCURRENCY })
        return (count) => all(count, () => queue.add(async () => work(ITEM)))
      },
    }),
    'p-map, pulls from its input': peakOf(contenders['p-map, pulls from its input']!),
  },
}

async function all(count: number, submit: () => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, submit))
}

function peakOf(contender: Contender): NodeSubject {
  return {
    ...(contender.package === undefined ? {} : { package: contender.package }),
    async measure() {
      let done = 0
      let peak = 0
      const run = await contender.load(() => {
        done++
        if (done % READ_EVERY === 0) peak = Math.max(peak, process.memoryUsage().heapUsed)
      })
      await run(1000)
      const before = await usedBytes()
      done = 0
      peak = 0
      await run(TASKS)
      if (done !== TASKS) throw new Error(`of ${TASKS} tasks ${done} were done`)
      return Math.max(0, peak - before) / MB
    },
  }
}
