/**
 * The queue played again as a fluid, from the means of each bin: what would
 * have been dropped with other workers, or with another capacity?
 *
 * Absent: swings shorter than a bin. What they drop, the replay doesn't.
 * Floor 3: imports nothing.
 * Source: the recursion of D. Lindley, "The theory of queues with a single server", 1952.
 */

/** What flows in and what could flow out, bin by bin, in items. */
export interface Flow {
  readonly arrivals: ArrayLike<number>
  readonly service: ArrayLike<number>
}

/** What became of it. */
export interface Replayed {
  /** Items that found no place. */
  readonly drops: number
  /** The most items that waited. */
  readonly peak: number
}

/** Plays `flow` through a queue of `capacity` items that begins empty. `Infinity` drops nothing. */
export function replay(flow: Flow, capacity: number): Replayed {
  let depth = 0
  let drops = 0
  let peak = 0
  for (let i = 0; i < flow.arrivals.length; i++) {
    depth = Math.max(0, depth + flow.arrivals[i]! - flow.service[i]!)
    if (depth > capacity) {
      drops += depth - capacity
      depth = capacity
    }
    if (depth > peak) peak = depth
  }
  return { drops, peak }
}
