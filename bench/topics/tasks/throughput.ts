/**
 * Question: how many tasks a second go through a bounded queue with ten concurrent handlers?
 * Workload: an async handler that does nothing, one producer that awaits a call for each item, 1,000 items queued at
 *   most; a batch is done when its last task is.
 * Read it as: the overhead of one task, with nothing piling up. A real handler costs far more than any of these.
 *   Spillway also samples service times here, and counts every outcome.
 */
import { type Benchmark, millionsPerSecond, type NodeSubject } from '../../harness/benchmark.ts'
import { throughput } from '../../harness/measure.ts'
import { contenders, SPILLWAY_TASKS } from './contenders.ts'
import type { Contender } from './runner.ts'

export const tasksThroughput: Benchmark = {
  topic: 'tasks',
  name: 'tasks-throughput',
  metric: millionsPerSecond,
  reference: SPILLWAY_TASKS,
  subjects: Object.fromEntries(
    Object.entries(contenders).map(([name, contender]) => [name, subject(contender)]),
  ),
}

function subject(contender: Contender): NodeSubject {
  return {
    ...(contender.package === undefined ? {} : { package: contender.package }),
    async measure(scale) {
      let done = 0
      const run = await contender.load(() => {
        done++
      })
      return throughput(async (count) => {
        done = 0
        await run(count)
        return done
      }, scale)
    },
  }
}
