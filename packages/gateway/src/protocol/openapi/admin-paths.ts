/**
 * The admin listener in the document. The files of the dashboard are not in it.
 *
 * Pure; imports `schema`.
 */
import { STREAM } from './ingest-paths.ts'
import { COUNT, type Json, listOf, object, reference, TEXT } from './schema.ts'

/** Why a request is turned away, whatever it asks. */
const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request is not what it must be; the detail says what to send.',
  401: 'The adminToken is missing or wrong.',
  403: 'The request comes from a page of another origin.',
  404: 'No stream has this name; the detail names the nearest, or all.',
  413: 'The body is larger than 1 MiB.',
  415: 'The body is no JSON.',
  421: '`Host` is no name of this listener: see `adminHosts`.',
  500: 'A fault of the gateway; its log says more.',
  503: 'As many clients listen as may listen.',
}
/** What reading anything under `/api` can be answered with. */
const READING = [401, 403, 421, 500] as const
/** What asking for a change can be answered with besides. */
const CHANGING = [400, 401, 403, 404, 413, 415, 421, 500] as const

/** The paths of the admin listener. `streamChange` is the schema of a change. */
export function adminPaths(streamChange: Json): Json {
  const deadLetters = '/api/streams/{stream}/dead-letters'
  return {
    '/livez': path({ get: probe('livez', 'Whether the process answers.', {}) }),
    '/readyz': path({
      get: probe('readyz', 'Whether events are taken.', {
        '503': { description: 'Not now; a line for each reason.', content: PLAIN },
        ...turnedAway(500),
      }),
    }),
    '/metrics': path({
      get: probe('metrics', 'Both ledgers and the gauges, for Prometheus.', turnedAway(401, 500), TOKEN),
    }),
    '/api/state': path({ get: stateOperation() }),
    '/api/streams/{stream}': path({ get: streamOperation(), patch: changeOperation(streamChange) }, [STREAM]),
    [deadLetters]: path({ get: lettersOperation() }, [STREAM]),
    [`${deadLetters}/replay`]: path(
      {
        post: choiceOperation(
          'replayDeadLetters',
          'Puts dead letters back at the end of the backlog.',
          REPLAYED,
        ),
      },
      [STREAM],
    ),
    [`${deadLetters}/purge`]: path(
      {
        post: choiceOperation(
          'purgeDeadLetters',
          'Forgets dead letters for good.',
          object({ purged: COUNT }),
        ),
      },
      [STREAM],
    ),
  }
}

const TOKEN: readonly Json[] = [{}, { adminToken: [] }]
const PLAIN: Json = { 'text/plain': { schema: TEXT } }
const REPLAYED = object({ replayed: COUNT, refused: TEXT }, ['refused'])

function path(operations: Json, parameters: readonly Json[] = []): Json {
  return { servers: [{ url: 'http://127.0.0.1:8081', description: 'admin' }], parameters, ...operations }
}

function probe(operationId: string, summary: string, more: Json, security: readonly Json[] = [{}]): Json {
  const responses = { '200': { description: 'Yes.', content: PLAIN }, ...more, ...turnedAway(421) }
  return { operationId, summary, security, responses }
}

function stateOperation(): Json {
  return {
    operationId: 'state',
    summary: 'The whole gateway: once, or with `Accept: text/event-stream` once a second, as `state` events.',
    security: TOKEN,
    responses: {
      '200': {
        description: 'The state.',
        headers: NEVER_KEPT,
        content: {
          'application/json': { schema: reference('GatewayState') },
          'text/event-stream': { schema: TEXT },
        },
      },
      ...turnedAway(...READING, 503),
    },
  }
}

function streamOperation(): Json {
  return {
    operationId: 'stream',
    summary: 'One stream.',
    security: TOKEN,
    responses: { '200': STREAM_STATE, ...turnedAway(404, ...READING) },
  }
}

function changeOperation(schema: Json): Json {
  return {
    operationId: 'changeStream',
    summary: 'Pauses, resumes, or changes rates, window and concurrency, at once and until the next start.',
    security: TOKEN,
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses: { '200': STREAM_STATE, ...turnedAway(...CHANGING) },
  }
}

function lettersOperation(): Json {
  return {
    operationId: 'deadLetters',
    summary: 'What could not be delivered, the oldest first.',
    security: TOKEN,
    parameters: [
      { name: 'after', in: 'query', required: false, schema: { type: 'integer', minimum: 0, default: 0 } },
      {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
      },
    ],
    responses: {
      '200': ok(object({ total: COUNT, deadLetters: listOf(reference('DeadLetter')) })),
      ...turnedAway(400, 404, ...READING),
    },
  }
}

function choiceOperation(operationId: string, summary: string, answer: Json): Json {
  const seqs = { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 1, maxItems: 10_000 }
  const schema = { anyOf: [object({ seqs }), object({ all: { const: true } })] }
  return {
    operationId,
    summary,
    security: TOKEN,
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses: { '200': ok(answer), ...turnedAway(...CHANGING) },
  }
}

const NEVER_KEPT: Json = { 'Cache-Control': { required: true, schema: { const: 'no-store' } } }
const STREAM_STATE: Json = { ...ok(reference('StreamState')), headers: NEVER_KEPT }

function ok(schema: Json): Json {
  return { description: 'Done.', content: { 'application/json': { schema } } }
}

function turnedAway(...statuses: readonly number[]): Json {
  return Object.fromEntries(
    statuses.map((status) => {
      const headers = status === 401 ? { 'WWW-Authenticate': { required: true, schema: TEXT } } : {}
      const content = { 'application/problem+json': { schema: reference('AdminProblem') } }
      return [String(status), { description: MEANINGS[status], headers, content }]
    }),
  )
}
