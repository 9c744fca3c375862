/**
 * The ingest listener in the document.
 *
 * Pure; imports `problem`, `media-type`, `content-encoding`.
 */
import { TAKEN_CODINGS } from '../content-encoding.ts'
import { TAKEN_MEDIA_TYPES } from '../media-type.ts'
import { PROBLEMS, type ProblemCode } from '../problem.ts'
import { FEED_PROGRESS, problemAnswers } from './problem-answers.ts'
import { type Json, oneOf, reference, TEXT } from './schema.ts'

/** Codes of the library that no request to the gateway is refused with. */
const NEVER_ANSWERED = new Set<ProblemCode>([
  'ERR_CONCURRENCY_LIMITED',
  'ERR_SHED',
  'ERR_BUDGET_SPENT',
  'ERR_EVICTED',
])
/** Codes of requests that are none of those in the document. */
const ASTRAY = new Set<ProblemCode>(['ERR_UNKNOWN_PATH', 'ERR_METHOD_NOT_ALLOWED'])
/** A feed waits for these to pass, or has no such bound. */
const NOT_OF_A_FEED = new Set<ProblemCode>([
  'ERR_MALFORMED_EVENT',
  'ERR_WRONG_SIGNATURE',
  'ERR_RATE_LIMITED',
  'ERR_COST_EXCEEDS_BURST',
  'ERR_WAIT_TIMEOUT',
  'ERR_BUDGET_UNREACHABLE',
  'ERR_LIMIT_UNAVAILABLE',
])
const PREFLIGHT: readonly ProblemCode[] = [
  'ERR_UNAUTHENTICATED',
  'ERR_FORBIDDEN_ORIGIN',
  'ERR_FORBIDDEN_STREAM',
  'ERR_UNKNOWN_STREAM',
  'ERR_METHOD_NOT_ALLOWED',
]
const SEND = codesWithout(NEVER_ANSWERED, ASTRAY)
const FEED = codesWithout(NEVER_ANSWERED, ASTRAY, NOT_OF_A_FEED)

/** The paths of the ingest listener. */
export function ingestPaths(): Json {
  return {
    '/v1/streams/{stream}': {
      servers: [{ url: 'http://127.0.0.1:8080', description: 'listen' }],
      parameters: [STREAM],
      post: sendOperation(),
      options: preflightOperation('sendPreflight'),
    },
    '/v1/streams/{stream}/feed': {
      servers: [{ url: 'http://127.0.0.1:8080', description: 'listen' }],
      parameters: [STREAM],
      post: feedOperation(),
      options: preflightOperation('feedPreflight'),
    },
  }
}

/** The parameter that names a stream. */
export const STREAM: Json = {
  name: 'stream',
  in: 'path',
  required: true,
  description: 'The name of a stream.',
  schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' },
}

const OPEN_OR_KEYED: readonly Json[] = [{}, { tenantKey: [] }, { tenantHeader: [] }]

function sendOperation(): Json {
  return {
    operationId: 'send',
    summary: 'Sends events: one, or a batch that is taken whole or not at all.',
    security: OPEN_OR_KEYED,
    parameters: [
      header('Idempotency-Key', 'The sender’s name for the request: sent again, nothing is taken twice.'),
      header(
        'Content-Encoding',
        'How the body is compressed.',
        oneOf('identity', ...TAKEN_CODINGS.split(', ')),
      ),
      header('traceparent', 'W3C Trace Context; goes along with the events.'),
      header('webhook-id', 'Standard Webhooks: the name of the request, signed where the stream verifies.'),
      header('webhook-timestamp', 'Standard Webhooks: seconds since 1970.'),
      header('webhook-signature', 'Standard Webhooks: needed where the stream verifies.'),
      header('ce-specversion', 'CloudEvents in binary mode: 1.0, beside the other ce- headers.'),
    ],
    requestBody: {
      required: true,
      content: {
        ...Object.fromEntries(TAKEN_MEDIA_TYPES.map((type) => [type, { schema: BODIES[type] ?? {} }])),
        '*/*': { schema: { description: 'The data of one CloudEvent in binary mode, of any type.' } },
      },
    },
    responses: { '202': TAKEN, ...problemAnswers(SEND) },
  }
}

const BODIES: Readonly<Record<string, Json>> = {
  'application/json': { description: 'An object is one event; of an array each element is one.' },
  'application/x-ndjson': { type: 'string', description: 'One JSON value a line.' },
  'application/cloudevents+json': { type: 'object', description: 'One CloudEvent in structured mode.' },
  'application/cloudevents-batch+json': { type: 'array', items: { type: 'object' } },
}

function feedOperation(): Json {
  return {
    operationId: 'feed',
    summary:
      'Feeds events without end: they are taken as they arrive, and the sender is held back while there is no room.',
    security: OPEN_OR_KEYED,
    parameters: [
      header(
        'Idempotency-Key',
        'The sender’s name for the feed: a line that comes again under it is a duplicate.',
      ),
      header(
        'Content-Encoding',
        'How the body is compressed.',
        oneOf('identity', ...TAKEN_CODINGS.split(', ')),
      ),
      header('traceparent', 'W3C Trace Context; goes along with the events.'),
    ],
    requestBody: {
      required: true,
      content: {
        'application/x-ndjson': { schema: { type: 'string', description: 'One JSON value a line.' } },
      },
    },
    responses: {
      '202': TAKEN,
      ...problemAnswers(FEED, { more: FEED_PROGRESS, mayHaveStarted: true }),
    },
  }
}

function preflightOperation(operationId: string): Json {
  return {
    operationId,
    summary: 'What a browser asks before a page of another origin sends.',
    security: [{}],
    parameters: [
      header('Origin', 'Where the page is from.'),
      header('Access-Control-Request-Method', 'POST.'),
      header('Access-Control-Request-Headers', 'What the page would send.'),
    ],
    responses: {
      '204': {
        description: 'It may send: its origin is in `cors.origins`.',
        headers: {
          'Access-Control-Allow-Origin': { required: true, schema: TEXT },
          'Access-Control-Allow-Methods': { required: true, schema: { const: 'POST' } },
          'Access-Control-Allow-Headers': { required: false, schema: TEXT },
          'Access-Control-Max-Age': { required: true, schema: { type: 'integer' } },
        },
      },
      ...problemAnswers(PREFLIGHT),
    },
  }
}

const TAKEN: Json = {
  description: 'Taken, and kept as durably as it says.',
  content: { 'application/json': { schema: reference('Receipt') } },
}

function header(name: string, description: string, schema: Json = TEXT): Json {
  return { name, in: 'header', required: false, description, schema }
}

function codesWithout(...sets: readonly ReadonlySet<ProblemCode>[]): readonly ProblemCode[] {
  // Object.keys forgets which keys they are.
  return (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => !sets.some((set) => set.has(code)))
}
