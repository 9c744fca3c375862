/**
 * From a snapshot to what the admin listener tells about it.
 *
 * Pure; imports `protocol`, `snapshot`.
 */
import type {
  DeliveryState,
  DepthState,
  GatewayState,
  QuantileState,
  StreamState,
} from '../protocol/state.ts'
import type { Snapshot, StreamSnapshot } from './snapshot.ts'

/** What does not change while the process runs. */
export interface Identity {
  readonly version: string
  readonly startedAtMs: number
}

/** The whole gateway. */
export function gatewayState(snapshot: Snapshot, { version, startedAtMs }: Identity): GatewayState {
  const { streams, isReady, atMs, memoryBytes, bodyBytes } = snapshot
  return {
    version,
    startedAtMs,
    nowMs: atMs,
    ready: isReady,
    problems: [...new Set(streams.flatMap(({ problems }) => problems))],
    memoryBytes,
    bodyBytes,
    streams: streams.map(streamState),
  }
}

/** One stream. */
export function streamState(stream: StreamSnapshot): StreamState {
  const { name, durability, settings, requests, events, acceptMs, sink, diagnosis, changeable } = stream
  return {
    name,
    class: settings.class,
    durability,
    requests,
    events,
    depth: depthOf(stream),
    acceptMs,
    delivery: deliveryOf(stream),
    sink,
    diagnosis,
    settings: changeable,
  }
}

function depthOf({ stored, settings, oldestAgeMs, events }: StreamSnapshot): DepthState {
  const { backlog, deadLetters } = settings
  return {
    items: stored.items,
    bytes: stored.bytes,
    maxItems: backlog.items,
    maxBytes: backlog.bytes,
    oldestAgeMs,
    deadLetters: events.deadLettered,
    maxDeadLetters: deadLetters.items,
  }
}

function deliveryOf({ workers, events, paused }: StreamSnapshot): DeliveryState {
  return {
    concurrencyLimit: workers.concurrency,
    inFlight: events.inFlight,
    serviceMs: quantiles(workers.serviceP50Ms, workers.serviceP99Ms),
    paused,
  }
}

/** Without samples both are 0: no delivery takes no time at all. */
function quantiles(p50: number, p99: number): QuantileState | undefined {
  return p99 === 0 ? undefined : { p50, p99 }
}
