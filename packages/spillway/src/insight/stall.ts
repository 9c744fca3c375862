/**
 * Stalls: stretches in which items waited and nothing was finished.
 *
 * Floor 3: imports `measure`.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import type { Span } from './span.ts'

const LEAST_BINS = 3
/** So many completions must have been missed: a slow worker pauses for fewer. */
const LEAST_MISSED = 20

/** Every run of bins in `span` with waiting items and without a completion, short ones too. */
export function standstills(bins: BinSnapshot, span: Span): Span[] {
  const found: Span[] = []
  let from = span.from
  for (let bin = span.from; bin <= span.to; bin++) {
    if (bin < span.to && bins.maxDepth[bin]! > 0 && bins.completions[bin] === 0) continue
    if (bin > from) found.push({ from, to: bin })
    from = bin + 1
  }
  return found
}

/** Whether a standstill of so many bins is a stall: workers at their usual speed would have finished many. */
export function isStall(lengthInBins: number, usualPerBin: number): boolean {
  return lengthInBins >= LEAST_BINS && (usualPerBin === 0 || lengthInBins * usualPerBin >= LEAST_MISSED)
}
