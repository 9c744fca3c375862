/**
 * What is known of an episode of drops, before it is judged.
 *
 * Floor 3: imports `measure`.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import { type Counterfactuals, deepestIn, playAgain } from './counterfactuals.ts'
import type { CauseShares, OverflowEvidence } from './diagnosis.ts'
import type { Episode } from './episode.ts'
import type { QueueFacts } from './queue-facts.ts'
import { type Rates, ratesOf } from './rates.ts'
import { sharesOf } from './shares.ts'
import { lengthInBins, sumOver } from './span.ts'
import { isStall, standstills } from './stall.ts'
import { capacityForSwings } from './variability.ts'

/** A quarter more than the replay needed: the swings within a bin come on top. */
const CAPACITY_MARGIN = 1.25

/** A queue at this share of its capacity was full. */
const NEARLY_FULL = 0.9

/** Everything the rules and the advice look at. */
export interface Finding {
  readonly binMs: number
  readonly queue: QueueFacts
  readonly rates: Rates
  readonly replayed: Counterfactuals
  readonly evidence: OverflowEvidence
  readonly shares: CauseShares
  /** Whether the queue was full: otherwise time or a depth of shedding refused, and more places would not have helped. */
  readonly wasFull: boolean
  /** Whether stalls, in which nothing at all was finished, explain at least half of the slowness. */
  readonly stood: boolean
  /** The capacity that would smooth swings shorter than a bin. */
  readonly capacityForSwings: number
}

/** Looks at an episode from all sides. */
export function investigate(bins: BinSnapshot, episode: Episode, queue: QueueFacts): Finding {
  const { span } = episode
  const rates = ratesOf(bins, episode, queue)
  const replayed = playAgain(bins, episode, { ...queue, usualPerBin: rates.usualService })
  const still = standstills(bins, span).map((run) => ({ ...run, bins: lengthInBins(bins, run) }))
  const stalls = still.filter((run) => isStall(run.bins, rates.usualService))
  const missed = stalls.reduce((sum, run) => sum + run.bins, 0) * rates.usualService
  const longestStill = still.reduce((longest, run) => Math.max(longest, run.bins), 0)
  const evidence = evidenceOf(bins, episode, { rates, replayed, longestStill })
  const wasFull = evidence.deepest >= NEARLY_FULL * queue.capacity
  return {
    binMs: bins.binMs,
    queue,
    rates,
    replayed,
    evidence,
    wasFull,
    shares: sharesOf(replayed, {
      wasFull,
      explained: evidence.explained,
      missed,
      neverFinished: rates.usualService === 0,
    }),
    stood: stalls.length > 0 && missed >= replayed.lostWork / 2,
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
  found: { readonly rates: Rates; readonly replayed: Counterfactuals; readonly longestStill: number },
): OverflowEvidence {
  const { span } = episode
  const { rates, replayed, longestStill } = found
  const perSecond = 1000 / bins.binMs
  const arrivals = sumOver(bins.arrivals, span)
  const drops = sumOver(bins.drops, span)
  return {
    episodeMs: lengthInBins(bins, span) * bins.binMs,
    ongoing: episode.ongoing,
    arrivals,
    drops,
    deepest: deepestIn(bins, span),
    usualInboundPerSecond: rates.usualInbound * perSecond,
    inboundPerSecond: rates.inbound * perSecond,
    usualServicePerSecond: rates.usualService * perSecond,
    servicePerSecond: replayed.serviceWhileDropping * perSecond,
    utilisation: ratio(rates.inboundOverall, replayed.servicePerBin),
    explained: Math.min(1, replayed.drops / drops),
    longestStallMs: longestStill * bins.binMs,
    capacityNeeded: Math.ceil(CAPACITY_MARGIN * replayed.peak),
    waitNeededMs: ratio(replayed.peak, rates.usualService) * bins.binMs,
    retryShare: sumOver(bins.retries, span) / Math.max(1, arrivals),
  }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.POSITIVE_INFINITY
}
