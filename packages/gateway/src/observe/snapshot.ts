/**
 * Everything the gateway counts, read in one synchronous step, so that both
 * ledgers balance in whatever is made of it.
 *
 * Imports `spillway`, `protocol`, `request-ledger`.
 */
import type { ProcessorStats } from 'spillway'
import type { Durability } from '../protocol/receipt.ts'
import type { ChangeableSettings, DiagnosisState, QuantileState, SinkState } from '../protocol/state.ts'
import type { TimeBuckets } from './accept-times.ts'
import { processMemoryBytes } from './process-memory.ts'
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
  readonly handedOver: number
  readonly queued: number
  readonly inFlight: number
  readonly retrying: number
}

/** How the workers fare: how many events may be delivered at once, how long they queue and are delivered. */
export type ObservedWorkers = Pick<
  ProcessorStats,
  'concurrency' | 'sojournP99Ms' | 'serviceP50Ms' | 'serviceP99Ms'
>

/** What is looked at of a stream. */
export interface ObservedStream {
  readonly name: string
  readonly durability: Durability
  readonly settings: {
    readonly class: 'critical' | 'best-effort'
    readonly backlog: { readonly items: number; readonly bytes: number }
    readonly deadLetters: { readonly items: number }
  }
  readonly requests: RequestLedger
  counts(): ObservedEvents
  /** Gauges of the workers. */
  stats(): ObservedWorkers
  stored(): {
    readonly backlog: { readonly items: number; readonly bytes: number }
    readonly oldestReceivedAtMs: number | undefined
  }
  /** Of requests that were taken in part. */
  readonly refusedEvents: number
  health(): { readonly paused: readonly string[]; readonly problems: readonly string[] }
  sink(): SinkState
  /** Deliveries that failed. */
  readonly sinkFailures: number
  diagnosis(): DiagnosisState
  changeable(): ChangeableSettings
}

/** What is looked at of rates that are shared over Redis. */
export interface ObservedSharedRates {
  readonly isAway: boolean
  readonly calls: number
  readonly failures: number
  /** Decisions that were made as declared, because Redis was away. */
  readonly unavailable: number
}

/** Where a snapshot is taken from. */
export interface Observed {
  readonly streams: readonly ObservedStream[]
  /** Requests that name no stream. */
  readonly astray: RequestLedger
  /** Bytes of bodies in memory now. */
  bodyBytes(): number
  /** The rates of tenants that are shared over Redis; `undefined` when none are. */
  sharedRates?(): ObservedSharedRates | undefined
  isReady(): boolean
  wallNowMs(): number
  /** For the quantiles of the last seconds. */
  nowMs(): number
}

/** One stream at one instant. */
export interface StreamSnapshot {
  readonly name: string
  readonly requests: RequestCounts
  readonly events: ObservedEvents
  /** How long requests took to their 202: in the last seconds, and since the start. */
  readonly acceptMs: QuantileState | undefined
  readonly acceptBuckets: TimeBuckets
  readonly workers: ObservedWorkers
  readonly stored: { readonly items: number; readonly bytes: number }
  /** Age of the oldest event in the backlog; `undefined` when there is none. */
  readonly oldestAgeMs: number | undefined
  readonly refusedEvents: number
  readonly paused: readonly string[]
  readonly problems: readonly string[]
  readonly sink: SinkState
  readonly sinkFailures: number
  readonly diagnosis: DiagnosisState
  readonly changeable: ChangeableSettings
  readonly durability: Durability
  readonly settings: ObservedStream['settings']
}

/** The gateway at one instant. */
export interface Snapshot {
  readonly streams: readonly StreamSnapshot[]
  readonly astray: RequestCounts
  readonly bodyBytes: number
  readonly sharedRates: ObservedSharedRates | undefined
  readonly isReady: boolean
  readonly atMs: number
  readonly memoryBytes: number
}

/** Reads everything, now. */
export function takeSnapshot(observed: Observed): Snapshot {
  return {
    streams: observed.streams.map((stream) => snapshotOf(stream, observed)),
    astray: observed.astray.counts(),
    bodyBytes: observed.bodyBytes(),
    sharedRates: observed.sharedRates?.(),
    isReady: observed.isReady(),
    atMs: observed.wallNowMs(),
    memoryBytes: processMemoryBytes(),
  }
}

function snapshotOf(stream: ObservedStream, { nowMs, wallNowMs }: Observed): StreamSnapshot {
  const { name, durability, settings, requests } = stream
  const { backlog, oldestReceivedAtMs } = stream.stored()
  return {
    ...{ name, durability, settings },
    requests: requests.counts(),
    events: stream.counts(),
    acceptMs: requests.acceptTimes.recent(nowMs()),
    acceptBuckets: requests.acceptTimes.buckets(),
    workers: stream.stats(),
    stored: backlog,
    // A wall clock may step back.
    oldestAgeMs: oldestReceivedAtMs === undefined ? undefined : Math.max(0, wallNowMs() - oldestReceivedAtMs),
    refusedEvents: stream.refusedEvents,
    paused: stream.health().paused,
    problems: stream.health().problems,
    sink: stream.sink(),
    sinkFailures: stream.sinkFailures,
    diagnosis: stream.diagnosis(),
    changeable: stream.changeable(),
  }
}
