/**
 * What the admin listener tells about the gateway, and what it lets an operator change: `/api/state`,
 * `/api/streams/{stream}`.
 *
 * Both sides of the wire share these types: the listener and the dashboard. Times are wall-clock milliseconds since
 * 1970, durations milliseconds, counters since the start of the process.
 *
 * Pure; imports `receipt`.
 */
import type { Durability } from './receipt.ts'

/** The whole gateway at one instant: `GET /api/state`, and each `state` event of its stream. */
export interface GatewayState {
  readonly version: string
  readonly startedAtMs: number
  readonly nowMs: number
  readonly ready: boolean
  /** What is wrong, and what to do about it: one sentence each. Empty when all is well. */
  readonly problems: readonly string[]
  /** Anonymous memory of the process, where the system tells; else its resident memory. */
  readonly memoryBytes: number
  /** Bytes of request bodies in memory now. */
  readonly bodyBytes: number
  readonly streams: readonly StreamState[]
}

/** One stream at that instant. */
export interface StreamState {
  readonly name: string
  readonly class: 'critical' | 'best-effort'
  /** What an acknowledgement is worth. */
  readonly durability: Durability
  readonly requests: RequestState
  readonly events: EventState
  readonly depth: DepthState
  /** How long requests took to be answered 202, over the last seconds; `undefined` before the first. */
  readonly acceptMs: QuantileState | undefined
  readonly delivery: DeliveryState
  readonly sink: SinkState
  readonly diagnosis: DiagnosisState
  readonly settings: ChangeableSettings
}

/** The ledger of requests: received = accepted + refused + abandoned + waiting. */
export interface RequestState {
  readonly received: number
  readonly accepted: number
  /** By code, `early` before the body was read and `late` after. */
  readonly refused: readonly {
    readonly code: string
    readonly phase: 'early' | 'late'
    readonly count: number
  }[]
  readonly abandoned: number
  readonly waiting: number
}

/**
 * The ledger of events: accepted + recovered = delivered + evicted + failed + deadLettered + purged + handedOver
 * + queued + inFlight + retrying.
 */
export interface EventState {
  readonly accepted: number
  readonly recovered: number
  readonly duplicates: number
  readonly delivered: number
  readonly evicted: number
  readonly failed: number
  readonly deadLettered: number
  readonly purged: number
  /** What other gateways delivered, set aside, put back or purged of a stream that they share. */
  readonly handedOver: number
  readonly queued: number
  readonly inFlight: number
  readonly retrying: number
}

/** What the stream holds against what it may hold. */
export interface DepthState {
  readonly items: number
  readonly bytes: number
  readonly maxItems: number
  readonly maxBytes: number
  /** Age of the oldest event that is not delivered; `undefined` when there is none. */
  readonly oldestAgeMs: number | undefined
  readonly deadLetters: number
  readonly maxDeadLetters: number
}

/** The median and the 99th percentile of durations. */
export interface QuantileState {
  readonly p50: number
  readonly p99: number
}

/** The workers that deliver. */
export interface DeliveryState {
  /** How many deliveries may run at once now. */
  readonly concurrencyLimit: number
  readonly inFlight: number
  /** How long one delivery takes; `undefined` before the first. */
  readonly serviceMs: QuantileState | undefined
  /** Why delivery stands still: `operator`, `dead-letters-full`, `store`…; empty when it does not. */
  readonly paused: readonly string[]
}

/** How deliveries to the sink fare. */
export interface SinkState {
  /** `http`, `file`, `stdout`, `module`, `nats`. */
  readonly type: string
  /** Where it leads, without secrets: an address, a path. */
  readonly target: string
  /** `idle` before the first delivery. */
  readonly status: 'idle' | 'ok' | 'failing'
  /** Failed deliveries since the last one that succeeded. */
  readonly consecutiveFailures: number
  readonly lastSuccessAtMs: number | undefined
  readonly lastFailure: { readonly atMs: number; readonly message: string } | undefined
}

/** Why the stream overflows, if it does. */
export interface DiagnosisState {
  readonly verdict: 'healthy' | 'queue-too-small' | 'consumer-too-slow' | 'inbound-above-capacity' | 'stalled'
  /** What happens, in one sentence. */
  readonly sentence: string
  /** Measured facts behind the sentence, one each; empty when healthy. */
  readonly evidence: readonly string[]
  /** What to do about it; empty when there is nothing to do. */
  readonly remedy: string
  /** From 0 to 1 for each cause: how much of the drops it explains. */
  readonly shares: Readonly<Record<string, number>>
}

/** What `PATCH /api/streams/{stream}` can change, as it is now. Until the next start: the file stays as it is. */
export interface ChangeableSettings {
  /** Whether the operator has paused delivery. Events are still taken. */
  readonly paused: boolean
  /** The rate that delivery is held to; `null` for none. */
  readonly rate: { readonly ratePerSecond: number; readonly burst: number } | null
  /** The ingress rate, above which requests get 429; `null` for none. */
  readonly ingress: { readonly ratePerSecond: number; readonly burst: number } | null
  readonly windowItems: number
  readonly concurrency: number | { readonly min: number; readonly max: number }
}

/** The body of `PATCH /api/streams/{stream}`: what is left out stays as it is. */
export type StreamChange = Partial<ChangeableSettings>
