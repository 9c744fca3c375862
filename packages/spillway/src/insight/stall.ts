/**
 * The longest time in which items waited and nothing was finished.
 *
 * Floor 3: imports `measure`.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import type { Span } from './span.ts'

/** Fewer bins in a row are no stall. */
export const LEAST_STALL_BINS = 3

/** The longest run of bins with waiting items and without a completion; empty when there is none. */
export function longestStall(bins: BinSnapshot, span: Span): Span {
  let longest: Span = { from: span.from, to: span.from }
  let from = span.from
  for (let bin = span.from; bin < span.to; bin++) {
    const isStill = bins.maxDepth[bin]! > 0 && bins.completions[bin] === 0
    if (!isStill) from = bin + 1
    else if (bin + 1 - from > longest.to - longest.from) longest = { from, to: bin + 1 }
  }
  return longest
}
