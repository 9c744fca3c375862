/**
 * Question: how long does `import` of the package take?
 * Workload: one dynamic import in a fresh process, the files in the page cache.
 * Read it as: what the package adds to the start of a program, or to a cold function.
 */
import type { Benchmark, NodeSubject } from '../../harness/benchmark.ts'
import { millisecondsOf } from '../../harness/measure.ts'

/** The subject the promise is made about. */
export const SPILLWAY_IMPORT = 'spillway'

export const importLoading: Benchmark = {
  topic: 'import',
  name: 'import-loading',
  metric: { unit: 'ms', better: 'lower' },
  reference: SPILLWAY_IMPORT,
  subjects: {
    [SPILLWAY_IMPORT]: loads('spillway', () => import('spillway')),
    fastq: loads('fastq', () => import('fastq')),
    'p-limit': loads('p-limit', () => import('p-limit')),
    'p-queue': loads('p-queue', () => import('p-queue')),
    async: loads('async', () => import('async')),
    bottleneck: loads('bottleneck', () => import('bottleneck')),
    limiter: loads('limiter', () => import('limiter')),
    'rate-limiter-flexible': loads('rate-limiter-flexible', () => import('rate-limiter-flexible')),
    cockatiel: loads('cockatiel', () => import('cockatiel')),
    opossum: loads('opossum', () => import('opossum')),
    effect: loads('effect', () => import('effect')),
  },
}

function loads(packageName: string, load: () => Promise<unknown>): NodeSubject {
  return { package: packageName, measure: () => millisecondsOf(load) }
}
