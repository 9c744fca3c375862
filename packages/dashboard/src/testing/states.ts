/**
 * States of a gateway for tests of the pure parts: calm, unless told otherwise.
 *
 * Imports the protocol.
 */
import type { GatewayState, StreamState } from '@spillway/gateway/protocol'

/** Parts of a stream that differ from a calm one. */
export type StreamParts = {
  readonly [Part in keyof StreamState]?: StreamState[Part] extends object
    ? Partial<StreamState[Part]>
    : StreamState[Part]
}

const requests = { received: 0, accepted: 0, refused: [], abandoned: 0, waiting: 0 }
const events = {
  ...{ accepted: 0, recovered: 0, duplicates: 0, delivered: 0, evicted: 0, failed: 0 },
  ...{ deadLettered: 0, purged: 0, handedOver: 0, queued: 0, inFlight: 0, retrying: 0 },
}
const depth = {
  ...{ items: 0, bytes: 0, maxItems: 1000, maxBytes: 1_000_000, oldestAgeMs: undefined },
  ...{ deadLetters: 0, maxDeadLetters: 100 },
}
const delivery = { concurrencyLimit: 4, inFlight: 0, serviceMs: undefined, paused: [] }
const sink = {
  ...{ type: 'http', target: 'http://sink.example', status: 'idle' as const, consecutiveFailures: 0 },
  ...{ lastSuccessAtMs: undefined, lastFailure: undefined },
}
const diagnosis = {
  ...{ verdict: 'healthy' as const, sentence: 'Nothing is lost.', evidence: [], remedy: '', shares: {} },
}
const settings = { paused: false, rate: null, ingress: null, windowItems: 100, concurrency: 4 }

/** One stream. */
export function streamState(parts: StreamParts = {}): StreamState {
  return {
    name: parts.name ?? 'orders',
    class: parts.class ?? 'critical',
    durability: parts.durability ?? 'disk',
    requests: { ...requests, ...parts.requests },
    events: { ...events, ...parts.events },
    depth: { ...depth, ...parts.depth },
    acceptMs: undefined,
    delivery: { ...delivery, ...parts.delivery },
    sink: { ...sink, ...parts.sink },
    diagnosis: { ...diagnosis, ...parts.diagnosis },
    settings: { ...settings, ...parts.settings },
  }
}

/** The gateway at `nowMs`, of a process that started at 0, with these streams. */
export function gatewayState(
  nowMs: number,
  streams: readonly StreamState[],
  given: Partial<GatewayState> = {},
): GatewayState {
  return {
    ...{ version: '1.2.3', startedAtMs: 0, nowMs, ready: true, problems: [] },
    ...{ memoryBytes: 1, bodyBytes: 0, streams },
    ...given,
  }
}
