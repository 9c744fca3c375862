/**
 * A worker thread: does the runs it is sent, one after the other.
 */
import { parentPort } from 'node:worker_threads'
import { perform } from './plan.ts'
import type { Run } from './result-of.ts'

parentPort?.on('message', ({ index, run }: { readonly index: number; readonly run: Run }) => {
  parentPort?.postMessage({ index, result: perform(run) })
})
