/**
 * Does many runs on several threads. The order of the results is that of the
 * runs, whichever thread was faster.
 */
import { availableParallelism } from 'node:os'
import type { Result } from '../record/result.ts'
import { openWorker } from './open-worker.ts'
import { weightOf } from './plan.ts'
import type { Run } from './result-of.ts'

/** How to go about it. */
export interface RunAllOptions {
  /** @defaultValue one for each processor, but not more than runs */
  readonly threads?: number | undefined
  /** Told of each run that is done, with its weight. */
  readonly onDone?: ((run: Run, weight: number) => void) | undefined
  /** Aborted: what is finished is the answer. */
  readonly signal?: AbortSignal | undefined
}

/** What came of it. */
export interface RunAllOutcome {
  /** `false` when it was aborted. */
  readonly complete: boolean
  readonly results: readonly Result[]
}

/** Does the runs. */
export async function runAll(runs: readonly Run[], options: RunAllOptions = {}): Promise<RunAllOutcome> {
  const { signal, onDone } = options
  const threads = Math.min(options.threads ?? availableParallelism(), runs.length)
  const results: (Result | undefined)[] = runs.map(() => undefined)
  // The heaviest first, so that no thread is left alone with it at the end.
  const queue = runs.map((_, index) => index).toSorted((a, b) => weightOf(runs[b]!) - weightOf(runs[a]!))
  const take = (): number | undefined => (signal?.aborted ? undefined : queue.shift())
  const finish = (index: number, result: Result): void => {
    results[index] = result
    onDone?.(runs[index]!, weightOf(runs[index]!))
  }
  await Promise.all(Array.from({ length: threads }, () => work({ runs, take, finish, signal })))
  const finished = results.filter((result) => result !== undefined)
  return { complete: finished.length === runs.length, results: finished }
}

/** What one thread needs. */
interface Share {
  readonly runs: readonly Run[]
  readonly take: () => number | undefined
  readonly finish: (index: number, result: Result) => void
  readonly signal: AbortSignal | undefined
}

/** One thread, from its start until nothing is left. */
async function work({ runs, take, finish, signal }: Share): Promise<void> {
  const worker = openWorker()
  const abort = (): void => void worker.terminate()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await new Promise<void>((resolve, reject) => {
      const next = (): void => {
        const index = take()
        if (index === undefined) resolve()
        else worker.postMessage({ index, run: runs[index] })
      }
      worker.on('message', ({ index, result }: { readonly index: number; readonly result: Result }) => {
        finish(index, result)
        next()
      })
      worker.on('error', reject)
      worker.on('exit', () => resolve())
      next()
    })
  } finally {
    signal?.removeEventListener('abort', abort)
    await worker.terminate()
  }
}
