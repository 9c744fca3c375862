/**
 * How big should my queue be? As long as its randomness and its bursts need,
 * never so long that what it holds comes too late, never larger than memory.
 *
 * Absent: any promise for a consumer that slows down. A count is right for one
 * speed only; bound time too (`finishWithinMs`, `maxQueueMs`, `forSeconds`).
 * Pure. Floor 3: imports `options`.
 */
import { boundsOf, type SizingBounds } from './sizing-bounds.ts'
import { derivationOf } from './sizing-derivation.ts'
import { resolveSizing, type SizingOptions } from './sizing-options.ts'
import { warningsOf } from './sizing-warnings.ts'

/** A capacity and where it comes from. */
export interface Recommendation {
  /** The capacity in items, work in flight not counted. 0: no queue helps, see `warnings`. */
  readonly capacity: number
  /** What each need alone would ask for or allow, in items. */
  readonly bounds: SizingBounds
  /** How long the last item of a full queue waits, in milliseconds. */
  readonly fullQueueWaitMs: number
  /** The memory of a full queue, when the size of an item is known. */
  readonly fullQueueBytes: number | undefined
  /** The reasoning, a line for each formula with its numbers. */
  readonly derivation: readonly string[]
  /** What this queue can't do, a line each, with the remedy. Empty when all needs are met. */
  readonly warnings: readonly string[]
}

/**
 * Recommends the capacity of a queue.
 *
 * With needs known (arrivals, a burst) it is the larger need, otherwise the most that is still served in
 * time; in both cases at most what deadline and memory allow.
 *
 * @throws OptionError when an option is unknown, missing or out of its range
 */
export function recommendCapacity(options: SizingOptions): Recommendation {
  const sizing = resolveSizing(options)
  const bounds = boundsOf(sizing)
  const most = Math.min(bounds.byDeadline, bounds.byMemory ?? Number.POSITIVE_INFINITY)
  const needed = Math.max(bounds.forRandomness ?? 0, bounds.forBurst ?? 0)
  const isNeedKnown = bounds.forRandomness !== undefined || bounds.forBurst !== undefined
  const capacity = isNeedKnown ? Math.min(most, needed) : most
  return {
    capacity,
    bounds,
    fullQueueWaitMs: (1000 * capacity) / sizing.serviceRatePerSecond,
    fullQueueBytes: sizing.itemBytes === undefined ? undefined : capacity * sizing.itemBytes,
    derivation: derivationOf(sizing, bounds, capacity),
    warnings: warningsOf(sizing, bounds),
  }
}
