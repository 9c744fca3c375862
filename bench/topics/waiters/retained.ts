/**
 * Question: what stays in memory of 100,000 waiters that were turned away?
 * Workload: as `waiters-abort`, ten crowds one after the other on the same object; the heap after a full collection
 *   before the first and after the last.
 * Read it as: bytes for each waiter that has left; 0 but for the noise of the runtime's own tables.
 */
import type { Benchmark } from '../../harness/benchmark.ts'
import { leftBehind } from './crowd.ts'
import { spillwayWaits } from './spillway.ts'

const CROWD = 100_000

export const waitersRetained: Benchmark = {
  topic: 'waiters',
  name: 'waiters-retained',
  metric: { unit: 'B', better: 'lower' },
  reference: 'Spillway Channel.send',
  maxRounds: 3,
  subjects: Object.fromEntries(
    Object.entries(spillwayWaits).map(([name, load]) => [
      name,
      { package: 'spillway', measure: () => leftBehind(load, CROWD) },
    ]),
  ),
}
