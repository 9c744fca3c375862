/**
 * How one figure is taken, inside the measured process.
 *
 * Throughput: the batch grows until it is long enough to time, runs on until
 * the compiler has settled, then several batches are timed and the median is
 * the figure. A batch says how many operations it really did: a subject that
 * loses one has no figure.
 */
import type { Scale } from './benchmark.ts'
import { quantile } from './statistics.ts'
import { startStopwatch } from './stopwatch.ts'

/** Performs `count` operations and returns how many were done. */
export type Batch = (count: number) => number | Promise<number>

const TIMES = {
  full: { batchMs: 80, warmUpMs: 300, batches: 5 },
  quick: { batchMs: 30, warmUpMs: 120, batches: 3 },
} as const

const LARGEST_GROWTH = 8

/** Millions of operations a second. */
export async function throughput(batch: Batch, scale: Scale): Promise<number> {
  return 1000 / (await nanosecondsEach(batch, scale))
}

/** Nanoseconds for one operation. */
export async function nanosecondsEach(batch: Batch, scale: Scale): Promise<number> {
  const { batchMs, warmUpMs, batches } = TIMES[scale]
  let count = 1
  for (let spentMs = 0; spentMs < warmUpMs; ) {
    const tookMs = await time(batch, count)
    spentMs += tookMs
    count = Math.ceil(count * Math.min(LARGEST_GROWTH, batchMs / Math.max(tookMs, 1e-3)))
  }
  const figures: number[] = []
  for (let i = 0; i < batches; i++) figures.push(((await time(batch, count)) * 1e6) / count)
  return quantile(figures, 0.5)
}

async function time(batch: Batch, count: number): Promise<number> {
  const elapsedMs = startStopwatch()
  const done = await batch(count)
  const tookMs = elapsedMs()
  if (done !== count) throw new Error(`of ${count} operations ${done} were done`)
  return tookMs
}

/** Milliseconds that `work` takes, once. */
export async function millisecondsOf(work: () => unknown): Promise<number> {
  const elapsedMs = startStopwatch()
  await work()
  return elapsedMs()
}

/** Bytes of heap and buffers in use, after everything unreachable is gone. */
export async function usedBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const kept: unknown[] = []

/**
 * Bytes kept for each item that waits.
 *
 * @param fill - makes `count` items wait and returns what must stay alive; it runs once before, small, so
 *   that code and tables that exist once are not counted
 */
export async function keptBytesEach(fill: (count: number) => unknown, count: number): Promise<number> {
  kept.push(await fill(100))
  const before = await usedBytes()
  kept.push(await fill(count))
  return ((await usedBytes()) - before) / count
}

function collectGarbage(): void {
  if (!globalThis.gc) throw new Error('start this process with --expose-gc')
  globalThis.gc()
}
