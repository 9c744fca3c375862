/**
 * Why a stream can't keep up, found by the library's diagnosis on the whole
 * backlog.
 *
 * A short queue overflows, and the diagnosis is asked why. A backlog of hours
 * does not: it grows, and is full when it is too late. So growth beyond some
 * seconds of work counts as a drop too: what a queue of that length would have
 * dropped. Of the fine and the coarse bins those answer that are surer.
 *
 * Pure; imports `spillway`, `stream-watch`.
 */
import { type BinSnapshot, type Diagnosis, diagnose } from 'spillway'
import type { WatchedBins } from './stream-watch.ts'

/** With more work than this waiting a stream that falls further behind is diagnosed before it is full. */
const BEHIND_MS = 10_000
const LEAST_BEHIND = 100
/** How long after it overflowed or fell further behind a stream is called healthy again. */
const QUIET_MS = 15_000
/** The longest wait that a longer queue may add: in memory, and stored. */
const MAX_WAIT_MS = { memory: 2000, stored: 10_000 }
/** The span over which rates are told. */
const LATELY_MS = 10_000

/** The stream whose bins are read. */
export interface Queue {
  /** How many deliveries may run at once. */
  readonly concurrency: number
  /** The rate that delivery is held to; `undefined` for none. */
  readonly ratePerSecond: number | undefined
  readonly maxItems: number
  readonly isStored: boolean
}

/** Events a second in the last ten seconds. */
export interface Lately {
  readonly inboundPerSecond: number
  readonly deliveredPerSecond: number
  /** The most that was delivered in ten seconds on end, of the last hour. */
  readonly bestPerSecond: number
  /** Refused and evicted in those ten seconds. */
  readonly dropped: number
}

/** What was found. */
export interface Judgement {
  readonly diagnosis: Diagnosis
  readonly lately: Lately
  /** Whether anything was refused or evicted in the last minute. */
  readonly drops: boolean
}

/** Looks at the bins; `undefined` when the stream keeps up. */
export function judge(bins: WatchedBins, queue: Queue): Judgement | undefined {
  const drops = sum(bins.fine.drops, 60_000 / bins.fine.binMs) > 0
  const [surer] = [bins.fine, bins.coarse]
    .map((series) => diagnoseBacklog(series, queue))
    .filter(({ verdict }) => verdict !== 'healthy' && (drops || verdict !== 'queue-too-small'))
    .toSorted((a, b) => b.confidence - a.confidence)
  return surer && { diagnosis: surer, lately: lately(bins), drops }
}

/** How much came and went lately. */
export function lately({ fine, coarse }: WatchedBins): Lately {
  const count = LATELY_MS / fine.binMs
  const seconds = Math.max(1, Math.min(LATELY_MS, fine.arrivals.length * fine.binMs) / 1000)
  const deliveredPerSecond = sum(fine.completions, count) / seconds
  return {
    inboundPerSecond: sum(fine.arrivals, count) / seconds,
    deliveredPerSecond,
    bestPerSecond: Math.max(deliveredPerSecond, best(coarse.completions, LATELY_MS / coarse.binMs)),
    dropped: sum(fine.drops, count),
  }
}

function diagnoseBacklog(bins: BinSnapshot, queue: Queue): Diagnosis {
  const { concurrency, maxItems, isStored, ratePerSecond } = queue
  const capacity = Math.min(maxItems, Math.max(LEAST_BEHIND, (workedPerMs(bins, queue) ?? 0) * BEHIND_MS))
  return diagnose(
    { ...bins, drops: dropsAbove(bins, capacity) },
    {
      workers: concurrency,
      capacity,
      startRatePerSecond: ratePerSecond,
      maxWaitMs: isStored ? MAX_WAIT_MS.stored : MAX_WAIT_MS.memory,
      quietAfterMs: QUIET_MS,
    },
  )
}

/** What the workers can do, as the whole of the bins shows it; `undefined` when they did nothing. */
function workedPerMs(bins: BinSnapshot, { concurrency, ratePerSecond }: Queue): number | undefined {
  const busyMs = sum(bins.busyMs, bins.busyMs.length)
  if (busyMs === 0) return undefined
  const perMs = (concurrency * sum(bins.completions, bins.completions.length)) / busyMs
  return Math.min(perMs, (ratePerSecond ?? Number.POSITIVE_INFINITY) / 1000)
}

/** The drops, and the growth of the queue above `depth`. */
function dropsAbove({ drops, maxDepth }: BinSnapshot, depth: number): number[] {
  return Array.from(drops, (dropped, bin) => {
    // What waited when the watch began has not grown.
    const before = Math.max(depth, maxDepth[bin - 1] ?? Number.POSITIVE_INFINITY)
    return dropped + Math.max(0, Math.round((maxDepth[bin] ?? 0) - before))
  })
}

/** The sum of the last so many bins. */
function sum(column: ArrayLike<number>, count: number): number {
  let total = 0
  for (let bin = Math.max(0, column.length - count); bin < column.length; bin++) total += column[bin] ?? 0
  return total
}

/** The best mean of so many bins on end. */
function best(column: ArrayLike<number>, count: number): number {
  let running = 0
  let most = 0
  for (let bin = 0; bin < column.length; bin++) {
    running += (column[bin] ?? 0) - (column[bin - count] ?? 0)
    most = Math.max(most, running)
  }
  return most / count
}
