/**
 * The subject that the memory benchmarks have in common.
 */
import type { Benchmark, NodeSubject, Scale, Topic } from '../../harness/benchmark.ts'
import { keptBytesEach } from '../../harness/measure.ts'

/** How many items wait. */
export const WAITING: Readonly<Record<Scale, number>> = { full: 200_000, quick: 50_000 }

/** Measures the bytes kept for each item that waits; `load` gives the function that makes `count` of them wait. */
export function keeps(
  packageName: string | undefined,
  load: () => Promise<(count: number) => unknown>,
): NodeSubject {
  return {
    ...(packageName === undefined ? {} : { package: packageName }),
    measure: async (scale) => await keptBytesEach(await load(), WAITING[scale]),
  }
}

/** What all memory benchmarks have in common. */
export const memoryBenchmark: Pick<Benchmark, 'metric' | 'maxRounds'> & { readonly topic: Topic } = {
  topic: 'memory',
  metric: { unit: 'B', better: 'lower' },
  maxRounds: 2,
}

/** Calls `make` so many times and keeps what it returns: the promise a caller would hold. */
export function times<T>(count: number, make: () => T): T[] {
  const made: T[] = []
  for (let i = 0; i < count; i++) made.push(make())
  return made
}
