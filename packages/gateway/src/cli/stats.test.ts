import { expect, it } from 'vitest'
import type { GatewayState, StreamState } from '../protocol/state.ts'
import { textOf } from './stats.ts'

const HEALTHY: StreamState = {
  name: 'metrics',
  class: 'best-effort',
  durability: 'memory',
  requests: { received: 3, accepted: 3, refused: [], abandoned: 0, waiting: 0 },
  events: {
    accepted: 3,
    recovered: 0,
    duplicates: 0,
    delivered: 3,
    evicted: 0,
    failed: 0,
    deadLettered: 0,
    purged: 0,
    handedOver: 0,
    queued: 0,
    inFlight: 0,
    retrying: 0,
  },
  depth: {
    items: 0,
    bytes: 0,
    maxItems: 100,
    maxBytes: 1000,
    oldestAgeMs: undefined,
    deadLetters: 0,
    maxDeadLetters: 10,
  },
  acceptMs: undefined,
  delivery: { concurrencyLimit: 1024, inFlight: 0, serviceMs: undefined, paused: [] },
  sink: {
    type: 'file',
    target: 'x.ndjson',
    status: 'ok',
    consecutiveFailures: 0,
    lastSuccessAtMs: 1,
    lastFailure: undefined,
  },
  diagnosis: { verdict: 'healthy', sentence: '', evidence: [], remedy: '', shares: {} },
  settings: { paused: false, rate: null, ingress: null, windowItems: 100, concurrency: 1024 },
}

const TROUBLED: StreamState = {
  ...HEALTHY,
  name: 'orders',
  requests: {
    received: 5000,
    accepted: 3780,
    refused: [
      { code: 'ERR_QUEUE_FULL', phase: 'early', count: 1204 },
      { code: 'ERR_WAIT_TIMEOUT', phase: 'late', count: 4 },
    ],
    abandoned: 0,
    waiting: 12,
  },
  events: { ...HEALTHY.events, accepted: 12_345, delivered: 1000, retrying: 7, evicted: 0 },
  depth: { ...HEALTHY.depth, items: 11_000, maxItems: 1_000_000, oldestAgeMs: 93_000, deadLetters: 2 },
  delivery: {
    concurrencyLimit: 64,
    inFlight: 64,
    serviceMs: { p50: 5, p99: 9 },
    paused: ['dead-letters-full'],
  },
  sink: {
    ...HEALTHY.sink,
    type: 'http',
    target: 'http://127.0.0.1:9000',
    status: 'failing',
    consecutiveFailures: 31,
    lastFailure: { atMs: 1, message: 'the sink answered 503' },
  },
  diagnosis: {
    verdict: 'consumer-too-slow',
    sentence: 'It does 90 a second.',
    evidence: ['it did 900'],
    remedy: 'Speed it up.',
    shares: {},
  },
}

const STATE: GatewayState = {
  version: '1.2.3',
  startedAtMs: 0,
  nowMs: 7_200_000,
  ready: true,
  problems: ['the store failed; start the gateway again'],
  memoryBytes: 180 * 2 ** 20,
  bodyBytes: 0,
  streams: [TROUBLED, HEALTHY],
}

it('prints a line for each stream, then what is wrong and why', () => {
  expect(textOf(STATE)).toBe(`Spillway 1.2.3, ready, up 2 h, 180 MiB
! the store failed; start the gateway again

STREAM    TAKEN  REFUSED  WAITING               QUEUED  OLDEST  RETRYING   IN FLIGHT  DELIVERED  EVICTED  DEAD  SINK
orders   12,345    1,208       12  11,000 of 1,000,000    93 s         7    64 of 64      1,000        0     2  http failing
metrics       3        0        0             0 of 100       -         0  0 of 1,024          3        0     0  file ok

orders:
  consumer-too-slow: It does 90 a second. Speed it up.
    it did 900
  delivery stands still: dead-letters-full
  http://127.0.0.1:9000 failed 31 times: the sink answered 503
  refused: 1,204 ERR_QUEUE_FULL early, 4 ERR_WAIT_TIMEOUT late
`)
})

it('says that a gateway is not ready', () => {
  expect(textOf({ ...STATE, ready: false, problems: [], streams: [] })).toMatch(
    /^Spillway 1.2.3, not ready, up /,
  )
})
