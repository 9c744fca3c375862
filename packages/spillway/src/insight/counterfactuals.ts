/**
 * The episode played again with one thing changed at a time: which drops
 * vanish at the usual speed of work, and which in a queue as long as may be?
 *
 * Floor 3: imports `measure`.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import type { Episode } from './episode.ts'
import type { QueueFacts } from './queue-facts.ts'
import { type Flow, replay } from './replay.ts'
import { serviceInEachBin } from './service-rate.ts'
import { lengthInBins, type Span } from './span.ts'

/** Items, as the replays have them. */
export interface Counterfactuals {
  /** What the workers could do per bin, a mean over the episode. */
  readonly servicePerBin: number
  /** The same up to the last drop, the time in which the queue emptied left out. */
  readonly serviceWhileDropping: number
  /** Dropped with everything as it was. */
  readonly drops: number
  /** Dropped had work kept its usual speed. Never more than `drops`. */
  readonly dropsAtUsualSpeed: number
  /** Dropped had, besides, the queue been as long as the allowed wait permits. Never more than `dropsAtUsualSpeed`. */
  readonly dropsInLongQueue: number
  /** The depth that a queue without a bound would have reached. */
  readonly peak: number
  /** What slow work left undone, against the usual speed. */
  readonly lostWork: number
}

/** The most items that waited at once. */
export function deepestIn(bins: BinSnapshot, span: Span): number {
  let deepest = 0
  for (let bin = span.from; bin < span.to; bin++) deepest = Math.max(deepest, bins.maxDepth[bin]!)
  return deepest
}

/** Plays an episode again, in four ways. */
export function playAgain(
  bins: BinSnapshot,
  { span, dropping }: Episode,
  queue: QueueFacts & { readonly usualPerBin: number },
): Counterfactuals {
  const { usualPerBin } = queue
  const arrivals = Array.from({ length: span.to - span.from }, (_, i) => bins.arrivals[span.from + i]!)
  const service = serviceInEachBin(bins, span, queue)
  const usualService = service.map(
    (_, i) => usualPerBin * lengthInBins(bins, { from: span.from + i, to: span.from + i + 1 }),
  )
  const actual: Flow = { arrivals, service }
  const usual: Flow = { arrivals, service: usualService }
  // Refused by a budget or above a depth, items are dropped before the queue is full: the depth reached counts.
  const held = Math.min(queue.capacity, deepestIn(bins, span))
  const longest = Math.max(held, Math.min(queue.maxCapacity, (queue.maxWaitMs / bins.binMs) * usualPerBin))
  const { drops } = replay(actual, held)
  const dropsAtUsualSpeed = Math.min(drops, replay(usual, held).drops)
  return {
    servicePerBin: sum(service) / lengthInBins(bins, span),
    serviceWhileDropping: sum(service.slice(0, dropping.to - dropping.from)) / lengthInBins(bins, dropping),
    drops,
    dropsAtUsualSpeed,
    dropsInLongQueue: Math.min(dropsAtUsualSpeed, replay(usual, longest).drops),
    peak: replay(actual, Number.POSITIVE_INFINITY).peak,
    lostWork: sum(usualService.map((could, i) => Math.max(0, could - service[i]!))),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
