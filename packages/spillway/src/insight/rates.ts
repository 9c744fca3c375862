/**
 * How fast items came and how fast the workers were, in the episode and
 * before it.
 *
 * Floor 3: imports `measure`.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import type { Episode } from './episode.ts'
import type { QueueFacts } from './queue-facts.ts'
import { busyServicePerBin } from './service-rate.ts'
import { lengthInBins, type Span, sumOver } from './span.ts'

/** Fewer completions before the episode say nothing about the usual; then the episode itself stands for it. */
const LEAST_USUAL = 20

/** Items per bin. */
export interface Rates {
  readonly usualInbound: number
  /** Up to the last drop. */
  readonly inbound: number
  /** To the end of the episode, the time in which the queue emptied included. */
  readonly inboundOverall: number
  readonly usualService: number
  /** Whether enough was seen before the episode; otherwise the usual is the episode's own. */
  readonly isUsualKnown: boolean
}

/** Measures the rates of an episode. */
export function ratesOf(bins: BinSnapshot, episode: Episode, queue: QueueFacts): Rates {
  const { span, dropping, usual } = episode
  const isUsualKnown = sumOver(bins.completions, usual) >= LEAST_USUAL
  const arrivalsPerBin = (of: Span): number => sumOver(bins.arrivals, of) / lengthInBins(bins, of)
  return {
    usualInbound: arrivalsPerBin(isUsualKnown ? usual : span),
    inbound: arrivalsPerBin(dropping),
    inboundOverall: arrivalsPerBin(span),
    usualService: busyServicePerBin(bins, isUsualKnown ? usual : span, queue) ?? 0,
    isUsualKnown,
  }
}
