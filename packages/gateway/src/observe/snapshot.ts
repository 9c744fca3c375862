/**
 * Everything the gateway counts, read in one synchronous step, so that both
 * ledgers balance in whatever is made of it.
 *
 * Imports `request-ledger`.
 */
import type { ProcessorStats } from 'spillway'
import type { RequestCounts, RequestLedger } from './request-ledger.ts'

/** What is looked at of a stream. */
export interface ObservedStream {
  readonly name: string
  readonly settings: { readonly capacityBytes: number }
  readonly requests: RequestLedger
  stats(): ProcessorStats
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
  readonly events: ProcessorStats
  readonly capacityBytes: number
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
      events: stream.stats(),
      capacityBytes: stream.settings.capacityBytes,
    })),
    astray: observed.astray.counts(),
    bodyBytes: observed.bodyBytes(),
    isReady: observed.isReady(),
  }
}
