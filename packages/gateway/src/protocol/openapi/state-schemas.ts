/**
 * What the admin listener tells, as schemas: the types of `state.ts` again, of
 * which a test that asks a running gateway keeps them equal.
 *
 * Pure; imports `schema`.
 */
import {
  AMOUNT,
  COUNT,
  described,
  FLAG,
  type Json,
  listOf,
  object,
  oneOf,
  reference,
  TEXT,
} from './schema.ts'

const DURABILITY = oneOf('memory', 'disk', 'broker', 'replicated')
const AT_MS = described(AMOUNT, 'Wall-clock milliseconds since 1970.')
const COUNTED = (...names: readonly string[]): Json => Object.fromEntries(names.map((name) => [name, COUNT]))
const RATE = object({
  ratePerSecond: { type: 'number', exclusiveMinimum: 0 },
  burst: { type: 'integer', minimum: 1 },
})
const RATE_OR_NONE = { anyOf: [RATE, { type: 'null' }] }
const AT_LEAST_ONE = { type: 'integer', minimum: 1 }

/** The schemas by name. */
export const STATE_SCHEMAS: Readonly<Record<string, Json>> = {
  Receipt: object(
    {
      accepted: described(COUNT, 'Taken for the first time.'),
      duplicates: described(COUNT, 'Taken before, and not again.'),
      refused: described(
        COUNT,
        'The last ones of the request, which found no place: only where events may be lost.',
      ),
      durability: DURABILITY,
    },
    ['refused'],
  ),
  GatewayState: object({
    version: TEXT,
    startedAtMs: AT_MS,
    nowMs: AT_MS,
    ready: FLAG,
    problems: listOf(TEXT),
    memoryBytes: COUNT,
    bodyBytes: COUNT,
    streams: listOf(reference('StreamState')),
  }),
  StreamState: object(
    {
      name: TEXT,
      class: oneOf('critical', 'best-effort'),
      durability: DURABILITY,
      requests: reference('RequestState'),
      events: reference('EventState'),
      depth: reference('DepthState'),
      acceptMs: reference('Quantiles'),
      delivery: reference('DeliveryState'),
      sink: reference('SinkState'),
      diagnosis: reference('Diagnosis'),
      settings: reference('ChangeableSettings'),
    },
    ['acceptMs'],
  ),
  RequestState: object({
    received: COUNT,
    accepted: COUNT,
    refused: listOf(object({ code: TEXT, phase: oneOf('early', 'late'), count: COUNT })),
    abandoned: COUNT,
    waiting: COUNT,
  }),
  EventState: object(
    COUNTED(
      ...['accepted', 'recovered', 'duplicates', 'delivered', 'evicted', 'failed', 'deadLettered', 'purged'],
      ...['handedOver', 'queued', 'inFlight', 'retrying'],
    ),
  ),
  DepthState: object(
    {
      ...COUNTED('items', 'bytes', 'maxItems', 'maxBytes'),
      oldestAgeMs: AMOUNT,
      ...COUNTED('deadLetters', 'maxDeadLetters'),
    },
    ['oldestAgeMs'],
  ),
  Quantiles: object({ p50: AMOUNT, p99: AMOUNT }),
  DeliveryState: object(
    { concurrencyLimit: COUNT, inFlight: COUNT, serviceMs: reference('Quantiles'), paused: listOf(TEXT) },
    ['serviceMs'],
  ),
  SinkState: object(
    {
      type: TEXT,
      target: TEXT,
      status: oneOf('idle', 'ok', 'failing'),
      consecutiveFailures: COUNT,
      lastSuccessAtMs: AT_MS,
      lastFailure: object({ atMs: AT_MS, message: TEXT }),
    },
    ['lastSuccessAtMs', 'lastFailure'],
  ),
  Diagnosis: object({
    verdict: oneOf('healthy', 'queue-too-small', 'consumer-too-slow', 'inbound-above-capacity', 'stalled'),
    sentence: TEXT,
    evidence: listOf(TEXT),
    remedy: TEXT,
    shares: { type: 'object', additionalProperties: AMOUNT },
  }),
  ChangeableSettings: object({
    paused: FLAG,
    rate: RATE_OR_NONE,
    ingress: RATE_OR_NONE,
    windowItems: AT_LEAST_ONE,
    concurrency: { anyOf: [AT_LEAST_ONE, object({ min: AT_LEAST_ONE, max: AT_LEAST_ONE })] },
  }),
  DeadLetter: object(
    {
      seq: AT_LEAST_ONE,
      id: TEXT,
      receivedAtMs: AT_MS,
      tenant: TEXT,
      contentType: TEXT,
      key: TEXT,
      traceparent: TEXT,
      attributes: TEXT,
      attempts: COUNT,
      reason: TEXT,
      deadAtMs: AT_MS,
      payloadBytes: COUNT,
      payload: described(TEXT, 'At most the first 16 KiB of it.'),
    },
    ['key', 'traceparent', 'attributes'],
  ),
  AdminProblem: object({ type: { const: 'about:blank' }, title: TEXT, status: COUNT, detail: TEXT }),
}
