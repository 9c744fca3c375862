/**
 * What a `BinSeries` saw, as plain columns: one number for each bin, oldest first.
 *
 * Floor 1: imports nothing.
 */

/** One column: a value for each bin, oldest first. */
export type Column = ArrayLike<number>

/** The last bins of a queue with workers. All columns are of one length. */
export interface BinSnapshot {
  /** The length of a bin in milliseconds. */
  readonly binMs: number
  /** When the first bin began. */
  readonly startMs: number
  /** How much of the last bin has passed, in milliseconds: above 0, at most `binMs`. */
  readonly lastBinMs: number
  /** Items that arrived, dropped ones included. */
  readonly arrivals: Column
  /** Items refused or evicted. */
  readonly drops: Column
  /** Items whose work ended. */
  readonly completions: Column
  /** Worker-milliseconds spent at work within the bin. */
  readonly busyMs: Column
  /** The largest depth of the queue at any time in the bin. */
  readonly maxDepth: Column
  /** The sum of the service times that ended in the bin, in milliseconds. */
  readonly serviceSumMs: Column
  /** The sum of their squares. */
  readonly serviceSquares: Column
  /** Arrivals that were marked as retries. */
  readonly retries: Column
}
