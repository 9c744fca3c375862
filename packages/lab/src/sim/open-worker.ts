/**
 * Starts a worker thread of this package: from its source, as the workspace
 * runs it, or from what was built.
 */
import { Worker } from 'node:worker_threads'

/** A thread that runs `sim/worker`. */
export function openWorker(): Worker {
  const here = import.meta.url
  if (here.endsWith('.js')) return new Worker(new URL('./worker.js', here))
  const source = JSON.stringify(new URL('./worker.ts', here).href)
  // A thread doesn't inherit the loader of TypeScript: it registers its own.
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${source}) })`
  return new Worker(code, { eval: true, execArgv: ['--conditions=@spillway/source'] })
}
