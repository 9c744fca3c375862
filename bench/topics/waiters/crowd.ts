/**
 * What the waiter benchmarks have in common: a crowd that waits on one
 * signal, and leaves when it aborts.
 */
import { getEventListeners, setMaxListeners } from 'node:events'
import type { NodeSubject, Scale } from '../../harness/benchmark.ts'
import { usedBytes } from '../../harness/measure.ts'
import { startStopwatch } from '../../harness/stopwatch.ts'

/** Makes one caller wait, to be given up with `signal`. */
export type WaitFor = (signal: AbortSignal) => Promise<unknown>

/** What one gathering of the crowd showed. */
export interface Gathering {
  /** Register all, abort, and let every promise settle. */
  readonly tookMs: number
  /** Listeners on the signal while the crowd waited. */
  readonly listeners: number
}

/**
 * Lets `count` callers wait on one signal, aborts it, and awaits them all.
 *
 * @throws Error when one of them was not turned away by the abort, or a listener stayed behind
 */
export async function gather(waitFor: WaitFor, count: number): Promise<Gathering> {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  let turnedAway = 0
  const leave = (): void => {
    turnedAway++
  }
  const elapsedMs = startStopwatch()
  const waiting: Promise<unknown>[] = []
  for (let i = 0; i < count; i++) waiting.push(waitFor(controller.signal).catch(leave))
  const listeners = getEventListeners(controller.signal, 'abort').length
  controller.abort()
  await Promise.all(waiting)
  const tookMs = elapsedMs()
  if (turnedAway !== count) throw new Error(`of ${count} waiters ${turnedAway} were turned away`)
  const left = getEventListeners(controller.signal, 'abort').length
  if (left > 0) throw new Error(`${left} listeners stayed on the signal`)
  return { tookMs, listeners }
}

/** Measures the milliseconds of one gathering, after a small one that wakes the compiler. */
export function gatherings(
  packageName: string | undefined,
  load: () => Promise<WaitFor>,
  crowd: Readonly<Record<Scale, number>>,
): NodeSubject {
  return {
    ...(packageName === undefined ? {} : { package: packageName }),
    async measure(scale) {
      const waitFor = await load()
      await gather(waitFor, 1000)
      return (await gather(waitFor, crowd[scale])).tookMs
    },
  }
}

/**
 * So many crowds come and go between the two readings: code that the engine makes or drops meanwhile is 0.3 MB more or
 * less, which in one crowd of 100,000 would be 3 bytes for each.
 */
const CROWDS = 10

/** Measures the bytes that stay behind of each caller that has left, after a small crowd that wakes the compiler. */
export async function leftBehind(load: () => Promise<WaitFor>, count: number): Promise<number> {
  const waitFor = await load()
  await gather(waitFor, 1000)
  const before = await usedBytes()
  for (let crowd = 0; crowd < CROWDS; crowd++) await gather(waitFor, count)
  return ((await usedBytes()) - before) / (CROWDS * count)
}
