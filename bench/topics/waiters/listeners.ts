/**
 * Question: how many listeners does one signal carry while 1,000 callers wait on it?
 * Workload: as `waiters-abort`, smaller; counted with `events.getEventListeners`.
 * Read it as: 1 is what it takes; a listener for each waiter is what makes aborting quadratic.
 */
import type { Benchmark } from '../../harness/benchmark.ts'
import { gather } from './crowd.ts'
import { spillwayWaits } from './spillway.ts'

const CROWD = 1000

export const waitersListeners: Benchmark = {
  topic: 'waiters',
  name: 'waiters-listeners',
  metric: { unit: '', better: 'lower' },
  reference: 'Spillway Channel.send',
  maxRounds: 1,
  subjects: Object.fromEntries(
    Object.entries(spillwayWaits).map(([name, load]) => [
      name,
      { package: 'spillway', measure: async () => (await gather(await load(), CROWD)).listeners },
    ]),
  ),
}
