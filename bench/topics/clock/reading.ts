/**
 * Question: what does it cost to read the clock here?
 * Workload: each clock read in a loop, the values added up.
 * Read it as: the floor under every limiter. Budgets that depend on the clock are stated relative to
 *   `performance.now()`, because virtual machines differ tenfold.
 */
import type { Benchmark, NodeSubject } from '../../harness/benchmark.ts'
import { nanosecondsEach } from '../../harness/measure.ts'

/** The clock that `systemClock` reads. */
export const PERFORMANCE_NOW = 'performance.now()'

export const clockReading: Benchmark = {
  topic: 'clock',
  name: 'clock-reading',
  metric: { unit: 'ns', better: 'lower' },
  reference: PERFORMANCE_NOW,
  subjects: {
    [PERFORMANCE_NOW]: reads(() => performance.now()),
    'Date.now()': reads(() => Date.now()),
    'process.hrtime.bigint()': reads(() => Number(process.hrtime.bigint())),
  },
}

function reads(read: () => number): NodeSubject {
  return {
    measure: (scale) =>
      nanosecondsEach((count) => {
        let sum = 0
        for (let i = 0; i < count; i++) sum += read()
        return sum > 0 ? count : 0
      }, scale),
  }
}
