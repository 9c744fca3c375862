/**
 * Everything the gateway counts, read in one synchronous step, so that both
 * ledgers balance in whatever is made of it.
 *
 * Imports `request-ledger`.
 */
import type { ProcessorStats } from 'spillway'
import type { RequestCounts, RequestLedger } from './request-ledger.ts'

/** The ledger of a stream's events. */
export interface ObservedEvents {
  readonly accepted: number
  readonly recovered: number
  readonly duplicates: number
  readonly delivered: number
  readonly evicted: number
  readonly failed: number
  readonly deadLettered: number
  readonly purged: number
  readonly queued: number
  readonly inFlight: number
  readonly retrying: number
}

/** What is looked at of a stream. */
export interface ObservedStream {
  readonly name: string
  readonly settings: {
    readonly backlog: { readonly items: number; readonly bytes: number }
    readonly deadLetters: { readonly items: number }
  }
  readonly requests: RequestLedger
  counts(): ObservedEvents
  /** Gauges of the workers. */
  stats(): ProcessorStats
  stored(): { readonly backlog: { readonly bytes: number } }
  health(): { readonly paused: readonly string[] }
}

/** Where a snapshot is taken from. */
export interface Observed {
  readonly streams: readonly ObservedStream[]
  /** Requests that name no stream. */
  readonly astray: RequestLedger
  /** Bytes of bodies in memory now. */
  bodyBytes(): number
  isReady(): boolean
}

/** One stream at one instant. */
export interface StreamSnapshot {
  readonly name: string
  readonly requests: RequestCounts
  readonly events: ObservedEvents
  readonly workers: ProcessorStats
  readonly storedBytes: number
  readonly paused: readonly string[]
  readonly settings: ObservedStream['settings']
}

/** The gateway at one instant. */
export interface Snapshot {
  readonly streams: readonly StreamSnapshot[]
  readonly astray: RequestCounts
  readonly bodyBytes: number
  readonly isReady: boolean
}

/** Reads everything, now. */
export function takeSnapshot(observed: Observed): Snapshot {
  return {
    streams: observed.streams.map((stream) => ({
      name: stream.name,
      requests: stream.requests.counts(),
      events: stream.counts(),
      workers: stream.stats(),
      storedBytes: stream.stored().backlog.bytes,
      paused: stream.health().paused,
      settings: stream.settings,
    })),
    astray: observed.astray.counts(),
    bodyBytes: observed.bodyBytes(),
    isReady: observed.isReady(),
  }
}
