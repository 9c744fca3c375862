/**
 * A stretch of bins.
 *
 * Floor 3: imports `measure`.
 */
import type { BinColumn, BinSnapshot } from '../measure/bin-snapshot.ts'

/** From a bin up to, but without, another. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A queue filled up to this share of its capacity is calm. */
export const CALM_DEPTH = 0.1

/** The sum of a column over a span. */
export function sumOver(column: BinColumn, span: Span): number {
  let sum = 0
  for (let bin = span.from; bin < span.to; bin++) sum += column[bin]!
  return sum
}

/** A bin just begun counts as this much at least, so that no rate is divided by nearly nothing. */
const LEAST_PART = 0.01

/** The length of a span in bins; the last bin of all counts as the part of it that has passed. */
export function lengthInBins(bins: BinSnapshot, span: Span): number {
  const whole = span.to - span.from
  if (whole === 0 || span.to < bins.arrivals.length) return whole
  return whole - 1 + Math.max(LEAST_PART, bins.lastBinMs / bins.binMs)
}
