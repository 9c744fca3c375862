import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { DeadLetters } from '../src/delivery/dead-letters.ts'
import { EventStream } from '../src/delivery/event-stream.ts'
import { streamChangeJsonSchema } from '../src/delivery/stream-change.ts'
import { openApiDocument } from '../src/protocol/openapi/document.ts'
import { answers, RecordingSink } from './delivery-faults/recording-sink.ts'
import { adminRoutes } from './openapi/admin-routes.ts'
import { ask, askRaw, listen, type Question } from './openapi/ask.ts'
import { Documented, type Heard } from './openapi/documented.ts'
import { RawClient } from './raw-client.ts'
import { RunningGateway } from './running-gateway.ts'

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const KEY = 'a-key-of-sixteen-characters'
const TOKEN = 'a-token-of-sixteen-characters'
const ORIGIN = 'https://shop.example'
const STREAM = 'class: best-effort, window: { items: 100 }, whenFull: block'
const SINK = 'sink: { type: file, path: DIR/a.ndjson }'

/** Takes from anybody, but little. */
const OPEN = (sinkUrl: string) => `
bodyLimit: 1KiB
bodyTimeoutMs: 500
feedIdleTimeoutMs: 500
drainTimeoutMs: 0
cors: { origins: ["${ORIGIN}"] }
streams:
  a: { ${STREAM}, ${SINK} }
  full: { class: best-effort, window: { items: 1 }, whenFull: reject, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/full.ndjson } }
  dead: { ${STREAM}, sink: { type: http, url: "${sinkUrl}" } }
  small: { class: best-effort, window: { items: 5 }, whenFull: reject, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/small.ndjson } }
  capped: { ${STREAM}, ingress: { ratePerSecond: 0.01, burst: 1 }, sink: { type: file, path: DIR/capped.ndjson } }
`
/** Wants keys, and has no memory for a feed. */
const KEYED = `
bodyLimit: 512
bodyBudget: 1KiB
adminToken: ${TOKEN}
drainTimeoutMs: 0
tenants: [{ name: shop, key: ${KEY}, streams: [a] }]
streams:
  a: { ${STREAM}, ${SINK} }
  b: { ${STREAM}, sink: { type: file, path: DIR/b.ndjson } }
`

const documented = new Documented(openApiDocument('1.2.3', streamChangeJsonSchema()))
const asked = new Set<string>()
let sink: RecordingSink
let open: RunningGateway
let keyed: RunningGateway

beforeAll(async () => {
  sink = await RecordingSink.open()
  sink.behaviour = answers(400)
  open = await RunningGateway.start(OPEN(sink.url))
  keyed = await RunningGateway.start(KEYED)
})

afterEach(() => {
  vi.restoreAllMocks()
})

afterAll(async () => {
  await open[Symbol.asyncDispose]()
  await keyed[Symbol.asyncDispose]()
  await sink.close()
})

/** What is expected of one answer: `METHOD PATH STATUS`, and how to get it. */
type Case = readonly [operation: string, status: number, get: () => Promise<Heard>]

async function expectDocumented([operation, status, get]: Case): Promise<void> {
  const heard = await get()
  expect([heard.status, heard.body.slice(0, 200)]).toEqual([status, expect.anything()])
  expect(documented.faults(operation, heard)).toEqual([])
  asked.add(`${operation} ${status}`)
}

const JSON_TYPE = { 'content-type': 'application/json' }
const LINES = { 'content-type': 'application/x-ndjson' }
const post = (path: string, question: Question = {}) =>
  ask(`${open.url}/v1/streams/${path}`, { method: 'POST', headers: JSON_TYPE, body: '{}', ...question })
const postKeyed = (path: string, headers: Readonly<Record<string, string>>) =>
  ask(`${keyed.url}/v1/streams/${path}`, { method: 'POST', headers, body: '{}\n' })

const SEND = 'POST /v1/streams/{stream}'
const FEED = 'POST /v1/streams/{stream}/feed'
const feed = (body: string, headers = {}, stream = 'a') =>
  post(`${stream}/feed`, { headers: { ...LINES, ...headers }, body })
const head = (path: string, more: string): string =>
  `POST /v1/streams/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${more}\r\n\r\n`
const bigHeaders = (path: string): string => head(path, `X-Long: ${'x'.repeat(20_000)}`)
const named = (body: string, key: string) => ({ body, headers: { ...JSON_TYPE, 'idempotency-key': key } })

const SENDING: readonly Case[] = [
  [SEND, 202, () => post('a')],
  [SEND, 202, () => post('small', { body: '[1,2,3]' }).then(() => post('small', { body: '[1,2,3,4,5]' }))],
  [SEND, 400, () => post('a', { body: '{' })],
  [SEND, 401, () => postKeyed('a', JSON_TYPE)],
  [SEND, 403, () => postKeyed('b', { ...JSON_TYPE, authorization: `Bearer ${KEY}` })],
  [SEND, 404, () => post('b')],
  [SEND, 408, () => askRaw(open.url, head('a', 'Content-Type: application/json\r\nContent-Length: 5'))],
  [SEND, 413, () => post('a', { body: JSON.stringify('x'.repeat(2000)) })],
  [SEND, 415, () => post('a', { headers: { 'content-type': 'text/plain' } })],
  [SEND, 422, () => post('a', named('{}', 'once')).then(() => post('a', named('{"other":1}', 'once')))],
  [SEND, 429, () => post('capped').then(() => post('capped'))],
  [SEND, 431, () => askRaw(open.url, bigHeaders('a'))],
  [
    SEND,
    500,
    () => {
      vi.spyOn(EventStream.prototype, 'take').mockRejectedValueOnce(new Error('broken on purpose'))
      return post('a')
    },
  ],
  [SEND, 503, () => open.fill('full').then(() => post('full'))],
]

const FEEDING: readonly Case[] = [
  [FEED, 202, () => feed('{}\n{}\n')],
  [FEED, 400, () => feed('{}\n{\n')],
  [FEED, 401, () => postKeyed('a/feed', LINES)],
  [FEED, 403, () => postKeyed('b/feed', { ...LINES, authorization: `Bearer ${KEY}` })],
  [FEED, 404, () => feed('{}\n', {}, 'b')],
  [
    FEED,
    408,
    () => askRaw(open.url, head('a/feed', 'Content-Type: application/x-ndjson\r\nContent-Length: 5')),
  ],
  [FEED, 413, () => feed(`${JSON.stringify('x'.repeat(2000))}\n`)],
  [FEED, 415, () => feed('{}\n', JSON_TYPE)],
  [
    FEED,
    422,
    () => feed('{}\n', { 'idempotency-key': 'f' }).then(() => feed('[]\n', { 'idempotency-key': 'f' })),
  ],
  [FEED, 429, crowdedFeed],
  [FEED, 431, () => askRaw(open.url, bigHeaders('a/feed'))],
  [
    FEED,
    500,
    () => {
      vi.spyOn(EventStream.prototype, 'takePatiently').mockRejectedValueOnce(new Error('broken on purpose'))
      return feed('{}\n')
    },
  ],
  [FEED, 503, () => postKeyed('a/feed', { ...LINES, authorization: `Bearer ${KEY}` })],
]

/** The answer to a tenant that has its part of the connections already. */
async function crowdedFeed(): Promise<Heard> {
  await using crowded = await RunningGateway.start(`maxConnections: 2\n${KEYED}`)
  const keyedHead = (path: string, more: string): string =>
    `POST /v1/streams/${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nContent-Length: 3\r\n${more}\r\n\r\n{}\n`
  const first = new RawClient(crowded.port)
  first.send(keyedHead('a', 'Content-Type: application/json'))
  expect(await first.answers(1)).toEqual(['202'])
  const heard = await askRaw(crowded.url, keyedHead('a/feed', 'Content-Type: application/x-ndjson'))
  first.socket.destroy()
  return heard
}

const preflight = (url: string, origin: string | undefined): Promise<Heard> => {
  const headers = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  }
  return ask(url, { method: 'OPTIONS', headers: { ...headers, ...(origin === undefined ? {} : { origin }) } })
}
const PREFLIGHTS: readonly Case[] = ['', '/feed'].flatMap((end): readonly Case[] => {
  const operation = `OPTIONS /v1/streams/{stream}${end}`
  const at = (stream: string): string => `${open.url}/v1/streams/${stream}${end}`
  const authorization = `Bearer ${KEY}`
  return [
    [operation, 204, () => preflight(at('a'), ORIGIN)],
    [operation, 401, () => preflight(`${keyed.url}/v1/streams/a${end}`, ORIGIN)],
    [operation, 403, () => preflight(at('a'), 'https://other.example')],
    [operation, 404, () => preflight(at('b'), undefined)],
    [
      operation,
      405,
      () => ask(`${keyed.url}/v1/streams/a${end}`, { method: 'OPTIONS', headers: { authorization } }),
    ],
  ]
})

const ADMIN_PATHS: Readonly<Record<string, string>> = {
  'GET /livez': '/livez',
  'GET /readyz': '/readyz',
  'GET /metrics': '/metrics',
  'GET /api/state': '/api/state',
  'GET /api/streams/{stream}': '/api/streams/a',
  'PATCH /api/streams/{stream}': '/api/streams/a',
  'GET /api/streams/{stream}/dead-letters': '/api/streams/a/dead-letters',
  'POST /api/streams/{stream}/dead-letters/replay': '/api/streams/a/dead-letters/replay',
  'POST /api/streams/{stream}/dead-letters/purge': '/api/streams/a/dead-letters/purge',
}
const RIGHT_BODY: Readonly<Record<string, string>> = { PATCH: '{"paused":false}', POST: '{"all":true}' }

/** Asks the admin listener rightly, but for what is given. */
function admin(operation: string, { headers = {}, body }: Question = {}, gateway = open): Promise<Heard> {
  const [method = ''] = operation.split(' ')
  const right = body ?? RIGHT_BODY[method]
  return ask(`${gateway.adminUrl}${ADMIN_PATHS[operation]}`, {
    method,
    headers: right === undefined ? headers : { ...JSON_TYPE, ...headers },
    ...(right === undefined ? {} : { body: right }),
  })
}

/** Breaks what an operation reads. */
function breakOnce(operation: string): void {
  const broken = new Error('broken on purpose')
  const fail = (): never => {
    throw broken
  }
  if (operation.endsWith('dead-letters')) vi.spyOn(DeadLetters.prototype, 'list').mockImplementationOnce(fail)
  else if (operation.endsWith('replay'))
    vi.spyOn(DeadLetters.prototype, 'replay').mockImplementationOnce(fail)
  else if (operation.endsWith('purge')) vi.spyOn(DeadLetters.prototype, 'purge').mockImplementationOnce(fail)
  else vi.spyOn(EventStream.prototype, 'health').mockImplementationOnce(fail)
}

/** How an operation comes to each status that it shares with others. */
function adminCases(operation: string): readonly Case[] {
  const [method] = operation.split(' ')
  const isApi = operation.includes('/api/')
  const hasBody = method !== 'GET'
  const cases: Case[] = [
    [operation, 200, () => admin(operation)],
    [operation, 421, () => admin(operation, { headers: { host: 'rebound.example' } })],
  ]
  if (operation !== 'GET /livez') {
    cases.push([
      operation,
      500,
      () => {
        breakOnce(operation)
        return admin(operation)
      },
    ])
  }
  if (isApi || operation === 'GET /metrics') cases.push([operation, 401, () => admin(operation, {}, keyed)])
  if (isApi) cases.push([operation, 403, () => admin(operation, { headers: { origin: ORIGIN } })])
  if (operation.includes('{stream}')) {
    cases.push([
      operation,
      404,
      () => {
        const path = ADMIN_PATHS[operation]!.replace('/streams/a', '/streams/nowhere')
        const body = hasBody ? { headers: JSON_TYPE, body: RIGHT_BODY[method ?? '']! } : {}
        return ask(`${open.adminUrl}${path}`, { method: method!, ...body })
      },
    ])
  }
  if (hasBody) {
    cases.push(
      [operation, 400, () => admin(operation, { body: '{}' })],
      [operation, 413, () => admin(operation, { body: JSON.stringify({ all: 'x'.repeat(2 ** 20) }) })],
      [operation, 415, () => admin(operation, { headers: { 'content-type': 'text/plain' } })],
    )
  }
  return cases
}

const OTHER_ADMIN: readonly Case[] = [
  [
    'GET /api/streams/{stream}/dead-letters',
    200,
    async () => {
      await post('dead', { headers: { ...JSON_TYPE, traceparent: TRACE, 'idempotency-key': 'd' } })
      while ((await open.scrape()).sum('events_dead_lettered') < 1);
      const heard = await ask(`${open.adminUrl}/api/streams/dead/dead-letters`)
      expect(JSON.parse(heard.body)).toMatchObject({ total: 1, deadLetters: [{ traceparent: TRACE }] })
      return heard
    },
  ],
  [
    'GET /readyz',
    503,
    () => {
      vi.spyOn(EventStream.prototype, 'health').mockReturnValue({
        takes: false,
        paused: [],
        problems: ['full'],
      })
      return admin('GET /readyz')
    },
  ],
  [
    'GET /api/streams/{stream}/dead-letters',
    400,
    () => ask(`${open.adminUrl}/api/streams/a/dead-letters?limit=501`),
  ],
  [
    'GET /api/state',
    503,
    async () => {
      const listeners = await Promise.all(
        Array.from({ length: 32 }, () => listen(`${open.adminUrl}/api/state`)),
      )
      const heard = await admin('GET /api/state', { headers: { accept: 'text/event-stream' } })
      for (const listener of listeners) await listener.close()
      return heard
    },
  ],
  [
    'GET /api/state',
    200,
    async () => {
      const { heard, close } = await listen(`${open.adminUrl}/api/state`)
      await close()
      return heard
    },
  ],
]

const CASES = [
  ...SENDING,
  ...FEEDING,
  ...PREFLIGHTS,
  ...Object.keys(ADMIN_PATHS).flatMap(adminCases),
  ...OTHER_ADMIN,
]

it.each(CASES)('%s is answered with %i as the document says', (...each) => expectDocumented(each))

it('the document has no answer that the gateway does not give', () => {
  expect(documented.answers().filter((answer) => !asked.has(answer))).toEqual([])
})

it('the document has every route of the admin listener, and none besides', async () => {
  const routes = await adminRoutes()
  const inDocument = [...documented.operations.keys()].filter((operation) => !operation.includes(' /v1/'))
  expect(inDocument.toSorted()).toEqual(routes.toSorted())
})

it('every operation has a name of its own, and every reference leads somewhere', () => {
  const names = [...documented.operations.values()].map(({ operationId }) => operationId)
  expect(new Set(names).size).toBe(names.length)
  const { components, paths } = openApiDocument('1.2.3', streamChangeJsonSchema())
  const text = JSON.stringify({ components, paths })
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!)
  expect(references.filter((name) => !Object.hasOwn(components.schemas, name))).toEqual([])
  expect(Object.keys(components.schemas).filter((name) => !references.includes(name))).toEqual([])
})
