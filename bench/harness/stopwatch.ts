/**
 * Time as if the machine were ours: the time that passed, less the time this
 * thread stood in line for a processor that somebody else had.
 *
 * Linux counts that per thread in `/proc/<pid>/schedstat` (run, waited to
 * run, turns; nanoseconds). Where there is no such file nothing is taken off,
 * and the machine has to be quiet. Sleeping and waiting for timers count as
 * time that passed, so a package that waits is not flattered.
 *
 * Source: Documentation/scheduler/sched-stats.rst of the Linux kernel.
 */
import { readFileSync } from 'node:fs'

const SCHEDSTAT = '/proc/self/schedstat'

/** Starts; the function it returns tells the milliseconds since. */
export function startStopwatch(): () => number {
  // The line is read inside the time it is taken off from, so that the difference can't fall below the truth.
  const startMs = performance.now()
  const startInLineMs = inLineMs()
  return () => {
    const stoodInLineMs = inLineMs() - startInLineMs
    return performance.now() - startMs - stoodInLineMs
  }
}

/** Milliseconds the main thread has stood in line for a processor; 0 where the system doesn't tell. */
export function inLineMs(): number {
  try {
    return Number(readFileSync(SCHEDSTAT, 'latin1').split(' ')[1] ?? 0) / 1e6
  } catch {
    return 0
  }
}
