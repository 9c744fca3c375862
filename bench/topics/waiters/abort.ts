/**
 * Question: how long does it take to register 100,000 waiters on one signal and to turn them all away by aborting it?
 * Workload: a full channel, an exhausted limiter, a busy processor; one signal, as of a server that shuts down or of
 *   a request that fans out; every promise is awaited.
 * Read it as: the time in which the event loop does nothing else. A listener for each waiter makes it quadratic: see
 *   `waiters-peers`.
 */
import type { Benchmark } from '../../harness/benchmark.ts'
import { gatherings } from './crowd.ts'
import { spillwayWaits } from './spillway.ts'

const CROWD = { full: 100_000, quick: 100_000 } as const

export const waitersAbort: Benchmark = {
  topic: 'waiters',
  name: 'waiters-abort',
  metric: { unit: 'ms', better: 'lower' },
  reference: 'Spillway Channel.send',
  subjects: Object.fromEntries(
    Object.entries(spillwayWaits).map(([name, load]) => [name, gatherings('spillway', load, CROWD)]),
  ),
}
