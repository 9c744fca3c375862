import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Reply, RunningGateway } from './running-gateway.ts'

const SHOP = 'shop-key-0123456789'
const BANK = 'bank-key-0123456789'

const YAML = `
drainTimeoutMs: 0
tenants:
  - { name: shop, key: ${SHOP} }
  - { name: bank, key: ${BANK} }
streams:
  orders: { class: critical, window: { items: 1000 }, backlog: { items: 1000, bytes: 1MiB, maxAgeMs: 600000 }, sink: { type: file, path: DIR/orders.ndjson } }
  other: { class: best-effort, window: { items: 1000 }, whenFull: block, sink: { type: file, path: DIR/other.ndjson } }
  full: { class: best-effort, window: { items: 3 }, whenFull: reject, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/full.ndjson } }
`

let running: RunningGateway

beforeAll(async () => {
  running = await RunningGateway.start(YAML)
})

afterAll(() => running[Symbol.asyncDispose]())

interface Sent {
  readonly stream?: string
  readonly tenant?: string
  readonly body?: string
  readonly headers?: Record<string, string>
}

function send({ stream = 'orders', tenant = SHOP, body = '{}', headers = {} }: Sent): Promise<Reply> {
  const all = { 'content-type': 'application/json', 'x-api-key': tenant, ...headers }
  return running.request('POST', `/v1/streams/${stream}`, { headers: all, body })
}

/** What a receipt counts. */
function counts({ status, json }: Reply): readonly unknown[] {
  const { accepted, duplicates, code } = json as Record<string, unknown>
  return status === 202 ? [accepted, duplicates] : [status, code]
}

describe('an Idempotency-Key', () => {
  it('makes it safe to send a request again: what was taken is told as duplicates', async () => {
    const request = { body: '[1,2,3]', headers: { 'idempotency-key': '"batch-1"' } }
    expect(counts(await send(request))).toEqual([3, 0])
    expect(counts(await send(request))).toEqual([0, 3])
    expect(counts(await send({ ...request, headers: { 'idempotency-key': 'batch-1' } }))).toEqual([0, 3])
  })

  it.each([
    ['another batch', '[1,2,4]'],
    ['less of it', '[1,2]'],
    ['more of it', '[1,2,3,4]'],
    ['its first event alone', '[1]'],
    ['one event', '{"a":1}'],
  ])('is refused with 422 when it comes with %s', async (_what, body) => {
    const headers = { 'idempotency-key': 'batch-2' }
    await send({ body: '[1,2,3]', headers })
    const reply = await send({ body, headers })
    expect(counts(reply)).toEqual([422, 'ERR_ID_CONFLICT'])
    expect(reply.json).toMatchObject({
      detail: 'stream orders: event 1: the id "batch-2" was used before for another body',
    })
  })

  it('belongs to a tenant and a stream', async () => {
    const headers = { 'idempotency-key': 'mine' }
    expect(counts(await send({ headers }))).toEqual([1, 0])
    expect(counts(await send({ headers, tenant: BANK, body: '{"other":1}' }))).toEqual([1, 0])
    expect(counts(await send({ headers, stream: 'other', body: '{"other":1}' }))).toEqual([1, 0])
  })

  it('lets one of two requests under it that come at the same moment in, and tells both the truth', async () => {
    const request = { body: '[1,2]', headers: { 'idempotency-key': 'at-once' } }
    const replies = await Promise.all([send(request), send(request), send(request)])
    expect(replies.map(counts).toSorted()).toEqual([
      [0, 2],
      [0, 2],
      [2, 0],
    ])
  })

  it('is free again when its request was refused', async () => {
    for (let refused = 0; refused < 3; ) {
      refused = (await send({ stream: 'full', tenant: BANK })).status === 503 ? refused + 1 : 0
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const headers = { 'idempotency-key': 'refused' }
    expect((await send({ stream: 'full', headers, body: '{"a":1}' })).status).toBe(503)
    expect((await send({ stream: 'full', headers, body: '{"b":1}' })).status).toBe(503)
    expect(counts(await send({ headers, body: '[oops]' }))).toEqual([400, 'ERR_MALFORMED_BODY'])
    expect(counts(await send({ headers, body: '[1]' }))).toEqual([1, 0])
  })

  it.each([
    ['""', 'Idempotency-Key is empty; send a key that is new with each request'],
    ['a, b', 'Idempotency-Key must be one key'],
  ])('is refused with 400 when it is none: %s', async (key, expected) => {
    const reply = await send({ headers: { 'idempotency-key': key } })
    expect(counts(reply)).toEqual([400, 'ERR_MALFORMED_HEADER'])
    expect(JSON.stringify(reply.json)).toContain(expected)
  })

  it('is refused with 400 when it is too long to be remembered', async () => {
    const reply = await send({ headers: { 'idempotency-key': 'x'.repeat(256) } })
    expect(JSON.stringify(reply.json)).toContain(
      'Idempotency-Key is 256 characters long; at most 255 are taken',
    )
  })
})

describe('a webhook-id', () => {
  it('names its request as an Idempotency-Key does', async () => {
    const headers = { 'webhook-id': 'msg_1' }
    expect([counts(await send({ headers })), counts(await send({ headers }))]).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(counts(await send({ headers, body: '[]' }))).toEqual([0, 0])
    expect(counts(await send({ headers, body: '{"b":1}' }))).toEqual([422, 'ERR_ID_CONFLICT'])
    expect(counts(await send({ headers: { 'webhook-id': 'a b' } }))).toEqual([400, 'ERR_MALFORMED_HEADER'])
  })
})

it('remembers names over a restart, on the disk', async () => {
  await using first = await RunningGateway.start(YAML)
  const headers = { 'content-type': 'application/json', 'x-api-key': SHOP, 'idempotency-key': 'k' }
  const request = { headers, body: '[1,2]' }
  await first.request('POST', '/v1/streams/orders', request)
  await first.stop()
  await using second = await RunningGateway.start(YAML.replaceAll('DIR/', `${first.folder}/`), first.folder)
  expect(counts(await second.request('POST', '/v1/streams/orders', request))).toEqual([0, 2])
  expect(counts(await second.request('POST', '/v1/streams/orders', { headers, body: '[1]' }))).toEqual([
    422,
    'ERR_ID_CONFLICT',
  ])
})
