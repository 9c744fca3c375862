/**
 * What is known of an episode of drops, before it is judged.
 *
 * Floor 3: imports `measure`.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import { type Counterfactuals, playAgain } from './counterfactuals.ts'
import type { CauseShares, OverflowEvidence } from './diagnosis.ts'
import type { Episode } from './episode.ts'
import type { QueueFacts } from './queue-facts.ts'
import { type Rates, ratesOf } from './rates.ts'
import { sharesOf } from './shares.ts'
import { lengthInBins, type Span, sumOver } from './span.ts'
import { isStall, standstills } from './stall.ts'
import { capacityForSwings } from './variability.ts'

/** A quarter more than the replay needed: the swings within a bin come on top. */
const CAPACITY_MARGIN = 1.25

/** Everything the rules and the advice look at. */
export interface Finding {
  readonly queue: QueueFacts
  readonly rates: Rates
  readonly replayed: Counterfactuals
  readonly evidence: OverflowEvidence
  readonly shares: CauseShares
  /** Whether nothing at all was finished for so long that it explains at least half of the slowness. */
  readonly stood: boolean
  /** The capacity that would smooth swings shorter than a bin. */
  readonly capacityForSwings: number
}

/** Looks at an episode from all sides. */
export function investigate(bins: BinSnapshot, episode: Episode, queue: QueueFacts): Finding {
  const { span } = episode
  const rates = ratesOf(bins, episode, queue)
  const replayed = playAgain(bins, episode, { ...queue, usualPerBin: rates.usualService })
  const stall = longest(bins, standstills(bins, span))
  const missed = lengthInBins(bins, stall) * rates.usualService
  const evidence = evidenceOf(bins, episode, { rates, replayed, stall })
  return {
    queue,
    rates,
    replayed,
    evidence,
    shares: sharesOf(replayed, {
      explained: evidence.explained,
      missed,
      neverFinished: rates.usualService === 0,
    }),
    stood: isStall(bins, stall, rates.usualService) && missed >= replayed.lostWork / 2,
    capacityForSwings: capacityForSwings(bins, span, {
      capacity: queue.capacity,
      inbound: rates.inboundOverall,
      service: replayed.servicePerBin,
    }),
  }
}

function evidenceOf(
  bins: BinSnapshot,
  episode: Episode,
  found: { readonly rates: Rates; readonly replayed: Counterfactuals; readonly stall: Span },
): OverflowEvidence {
  const { span } = episode
  const { rates, replayed, stall } = found
  const perSecond = 1000 / bins.binMs
  const arrivals = sumOver(bins.arrivals, span)
  const drops = sumOver(bins.drops, span)
  return {
    episodeMs: lengthInBins(bins, span) * bins.binMs,
    ongoing: episode.ongoing,
    arrivals,
    drops,
    usualInboundPerSecond: rates.usualInbound * perSecond,
    inboundPerSecond: rates.inbound * perSecond,
    usualServicePerSecond: rates.usualService * perSecond,
    servicePerSecond: replayed.serviceWhileDropping * perSecond,
    utilisation: ratio(rates.inboundOverall, replayed.servicePerBin),
    explained: Math.min(1, replayed.drops / drops),
    longestStallMs: lengthInBins(bins, stall) * bins.binMs,
    capacityNeeded: Math.ceil(CAPACITY_MARGIN * replayed.peak),
    waitNeededMs: ratio(replayed.peak, rates.usualService) * bins.binMs,
    retryShare: sumOver(bins.retries, span) / Math.max(1, arrivals),
  }
}

function longest(bins: BinSnapshot, spans: readonly Span[]): Span {
  const byLength = spans.toSorted((a, b) => lengthInBins(bins, b) - lengthInBins(bins, a))
  return byLength[0] ?? { from: 0, to: 0 }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.POSITIVE_INFINITY
}
