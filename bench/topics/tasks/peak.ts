/**
 * Question: how high does the heap climb while 100,000 tasks go through ten handlers?
 * Workload: the no-op handler of the throughput benchmark, the heap read every 500 tasks; beside the waiting
 *   producers stand the packages that have none, used as their READMEs show: everything submitted at once.
 * Read it as: what letting work pile up costs. Garbage that is not collected yet is included, so a few MB mean
 *   nothing; tens of MB grow with the number of tasks.
 */
import type { Benchmark, NodeSubject, Scale } from '../../harness/benchmark.ts'
import { usedBytes } from '../../harness/measure.ts'
import { ITEM } from '../waiting-producer.ts'
import { contenders, FASTQ_TASKS, SPILLWAY_TASKS } from './contenders.ts'
import { CONCURRENCY, type Contender, type Runner } from './runner.ts'

const TASKS: Readonly<Record<Scale, number>> = { full: 100_000, quick: 100_000 }
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
      async load() {
        const { default: fastq } = await import('fastq')
        return async (count, handle) => {
          const queue = fastq.promise<unknown, typeof ITEM, void>(handle, CONCURRENCY)
          await all(count, () => queue.push(ITEM))
        }
      },
    }),
    'p-limit, all at once': peakOf({
      package: 'p-limit',
      async load() {
        const { default: pLimit } = await import('p-limit')
        const limit = pLimit(CONCURRENCY)
        return (count, handle) => all(count, () => limit(handle, ITEM))
      },
    }),
    'p-queue, all at once': peakOf({
      package: 'p-queue',
      async load() {
        const { default: PQueue } = await import('p-queue')
        const queue = new PQueue({ concurrency: CONCURRENCY })
        return (count, handle) => all(count, () => queue.add(() => handle(ITEM)))
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
    async measure(scale) {
      const run = await contender.load()
      await run(1000, async () => {})
      return (await peakBytes(run, TASKS[scale])) / MB
    },
  }
}

async function peakBytes(run: Runner, count: number): Promise<number> {
  const before = await usedBytes()
  let peak = 0
  let done = 0
  await run(count, async () => {
    done++
    if (done % READ_EVERY === 0) peak = Math.max(peak, process.memoryUsage().heapUsed)
  })
  if (done !== count) throw new Error(`of ${count} tasks ${done} were done`)
  return Math.max(0, peak - before)
}
