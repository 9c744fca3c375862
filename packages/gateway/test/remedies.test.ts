import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROBLEMS, type ProblemCode } from '../src/protocol/problem.ts'
import { RawClient } from './raw-client.ts'
import { type Reply, RunningGateway } from './running-gateway.ts'

const KEY = 'shop-key-0123456789'
const SLOW = 'slow-key-0123456789'

const YAML = `
drainTimeoutMs: 0
bodyLimit: 1KiB
bodyTimeoutMs: 50
tenants:
  - { name: shop, key: ${KEY}, streams: [door, full, stuck] }
  - { name: slow, key: ${SLOW}, ratePerSecond: 0.01, burst: 1 }
streams:
  door: { class: best-effort, window: { items: 10 }, whenFull: block, sink: { type: file, path: DIR/door.ndjson } }
  full: { class: best-effort, window: { items: 1 }, whenFull: reject, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/full.ndjson } }
  stuck: { class: best-effort, window: { items: 1 }, whenFull: block, maxWaiting: 0, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/stuck.ndjson } }
  other: { class: best-effort, window: { items: 10 }, whenFull: block, sink: { type: file, path: DIR/other.ndjson } }
`

let running: RunningGateway

beforeAll(async () => {
  running = await RunningGateway.start(YAML)
})

afterAll(() => running[Symbol.asyncDispose]())

interface Asked {
  readonly stream?: string
  readonly key?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly method?: string
}

function ask({
  stream = 'door',
  key = KEY,
  headers = {},
  body = '{}',
  method = 'POST',
}: Asked): Promise<Reply> {
  const all = { 'content-type': 'application/json', ...(key === '' ? {} : { 'x-api-key': key }), ...headers }
  return running.request(method, `/v1/streams/${stream}`, { headers: all, body })
}

/** Asks until the answer is a refusal: the last place may still come free once. */
async function askUntilRefused(asked: Asked): Promise<Reply> {
  for (let refused = 0; ; ) {
    const reply = await ask(asked)
    refused = reply.status === 202 ? 0 : refused + 1
    if (refused === 3) return reply
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A body that never comes. */
async function askAndStall(): Promise<Reply> {
  const text = `POST /v1/streams/door HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${KEY}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`
  const client = new RawClient(running.port)
  client.send(text)
  await client.answers(1)
  await client.closed
  const [head = '', body = ''] = client.received.split('\r\n\r\n')
  return { status: Number(head.slice(9, 12)), headers: {}, json: JSON.parse(body) }
}

const batch = (count: number): string => `[${Array.from({ length: count }, () => 1).join(',')}]`

/** Each status of the protocol, a request that meets it, and what the answer tells to do. */
const CASES: readonly (readonly [ProblemCode, () => Promise<Reply>, RegExp])[] = [
  ['ERR_MALFORMED_BODY', () => ask({ body: '{"a":' }), /line 1, column 6: .*expected a value/],
  [
    'ERR_MALFORMED_EVENT',
    () => ask({ headers: { 'ce-id': '1' } }),
    /specversion is missing; every CloudEvent has/,
  ],
  ['ERR_MALFORMED_HEADER', () => ask({ headers: { 'idempotency-key': '""' } }), /send a key that is new/],
  ['ERR_UNAUTHENTICATED', () => ask({ key: '' }), /send the key of a tenant as/],
  ['ERR_FORBIDDEN_STREAM', () => ask({ stream: 'other' }), /have it added to the tenant’s streams/],
  ['ERR_UNKNOWN_STREAM', () => ask({ stream: 'dor', key: SLOW }), /did you mean "door"\? there are: door,/],
  ['ERR_METHOD_NOT_ALLOWED', () => ask({ method: 'PUT' }), /send events by POST/],
  ['ERR_REQUEST_TIMEOUT', askAndStall, /send it again/],
  ['ERR_BODY_TOO_LARGE', () => ask({ body: 'x'.repeat(2000) }), /send smaller batches/],
  ['ERR_BATCH_TOO_LARGE', () => ask({ body: batch(11) }), /send smaller batches/],
  [
    'ERR_UNSUPPORTED_MEDIA_TYPE',
    () => ask({ headers: { 'content-type': 'text/csv' } }),
    /must be application\/json/,
  ],
  ['ERR_UNSUPPORTED_ENCODING', () => ask({ headers: { 'content-encoding': 'lzw' } }), /send one of gzip/],
  ['ERR_ID_CONFLICT', conflict, /event 1: the id "twice" was used before for another body/],
  ['ERR_RATE_LIMITED', () => askUntilRefused({ key: SLOW }), /send slower/],
  ['ERR_QUEUE_FULL', () => askUntilRefused({ stream: 'full' }), /its queue is full/],
  [
    'ERR_TOO_MANY_WAITING',
    () => askUntilRefused({ stream: 'stuck' }),
    /as many requests wait for places as may wait/,
  ],
]

async function conflict(): Promise<Reply> {
  const headers = { 'idempotency-key': 'twice' }
  await ask({ headers, body: '{"a":1}' })
  return ask({ headers, body: '{"a":2}' })
}

it.each(CASES)('%s is told with its status, in words that say what to do', async (code, meet, remedy) => {
  const { status, json } = await meet()
  expect(json).toMatchObject({ code, status, detail: expect.stringMatching(remedy), started: false })
  expect(status).toBe(PROBLEMS[code].status)
})

it('every status of the protocol is among them', () => {
  const statuses = new Set(CASES.map(([code]) => PROBLEMS[code].status))
  const promised = [400, 401, 403, 404, 408, 413, 415, 422, 429, 503]
  expect(promised.filter((status) => !statuses.has(status))).toEqual([])
})
