/**
 * What a `BinSeries` saw, as plain columns: one number for each bin, oldest first.
 *
 * Floor 1: imports nothing.
 */

/** One column: a value for each bin, oldest first. */
export type BinColumn = ArrayLike<number>

/** The last bins of a queue with workers. All columns are of one length. */
export interface BinSnapshot {
  /** The length of a bin in milliseconds. */
  readonly binMs: number
  /** When the first bin began. */
  readonly startMs: number
  /** How much of the last bin has passed, in milliseconds: above 0, at most `binMs`. */
  readonly lastBinMs: number
  /** Items that arrived, dropped ones included. */
  readonly arrivals: BinColumn
  /** Items refused or evicted. */
  readonly drops: BinColumn
  /** Items whose work ended. */
  readonly completions: BinColumn
  /** Worker-milliseconds spent at work within the bin. */
  readonly busyMs: BinColumn
  /** The largest depth of the queue at any time in the bin. */
  readonly maxDepth: BinColumn
  /** The sum of the service times that ended in the bin, in milliseconds. */
  readonly serviceSumMs: BinColumn
  /** The sum of their squares. */
  readonly serviceSquares: BinColumn
  /** Arrivals that were marked as retries. */
  readonly retries: BinColumn
}
