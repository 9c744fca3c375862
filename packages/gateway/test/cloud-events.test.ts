import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Receiver } from './receiver.ts'
import { type Reply, RunningGateway } from './running-gateway.ts'

const BINARY = { 'ce-specversion': '1.0', 'ce-type': 'paid', 'ce-source': '/shop' }
const ONE = 'application/cloudevents+json'
const BATCH = 'application/cloudevents-batch+json'

let receiver: Receiver
let running: RunningGateway
let nextId = 1

beforeAll(async () => {
  receiver = await Receiver.start()
  running = await RunningGateway.start(`
drainTimeoutMs: 0
streams:
  hook: { class: critical, window: { items: 1000 }, backlog: { items: 1000, bytes: 16MiB, maxAgeMs: 600000 }, sink: { type: http, url: "${receiver.url}" } }
  lines: { class: best-effort, window: { items: 1000 }, whenFull: block, sink: { type: file, path: DIR/lines.ndjson } }
`)
})

afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

beforeEach(() => {
  receiver.delivered.length = 0
})

/** An event that was not sent before. */
function anEvent(more: object = {}): Record<string, unknown> {
  return { specversion: '1.0', id: `e${nextId++}`, source: '/shop', type: 'paid', ...more }
}

function send(headers: Record<string, string>, body?: string | Buffer, stream = 'hook'): Promise<Reply> {
  return running.request('POST', `/v1/streams/${stream}`, {
    headers,
    ...(body === undefined ? {} : { body }),
  })
}

function counts({ status, json }: Reply): readonly unknown[] {
  const { accepted, duplicates, code, detail } = json as Record<string, unknown>
  return status === 202 ? [accepted, duplicates] : [status, code, detail]
}

describe('a CloudEvent in binary mode', () => {
  it('is delivered with its data as received and all its attributes as headers', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const headers = { ...BINARY, 'ce-id': 'b1', 'ce-subject': 'Euro%20%E2%82%AC', 'ce-myext': '42' }
    const json = { 'content-type': 'application/vnd.shop+json; charset=utf-8', traceparent: trace }
    expect(counts(await send({ ...headers, ...json }, ' [1,\n {"a": 1.00}] '))).toEqual([1, 0])
    const delivered = await receiver.at(0)
    expect(delivered.headers).toMatchObject({ ...headers, ...json })
    expect(delivered.body.toString()).toBe('[1,\n {"a": 1.00}]')
  })

  it('has data of any media type, or none', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    expect(counts(await send({ ...BINARY, 'ce-id': 'b2', 'content-type': 'image/png' }, bytes))).toEqual([
      1, 0,
    ])
    expect(counts(await send({ ...BINARY, 'ce-id': 'b3' }))).toEqual([1, 0])
    await receiver.at(1)
    const found = Object.fromEntries(receiver.delivered.map((each) => [each.headers['ce-id'], each]))
    expect(found['b2']?.headers['content-type']).toBe('image/png')
    expect(found['b2']?.body).toEqual(bytes)
    expect([found['b3']?.headers['content-type'], found['b3']?.body.length]).toEqual([undefined, 0])
  })

  it('is known by source and id, and conflicts with other data', async () => {
    const headers = { ...BINARY, 'ce-id': 'same', 'content-type': 'application/json' }
    expect(counts(await send(headers, '{"a":1}'))).toEqual([1, 0])
    expect(counts(await send(headers, '{"a":1}'))).toEqual([0, 1])
    expect(counts(await send({ ...headers, 'ce-source': '/other' }, '{"a":1}'))).toEqual([1, 0])
    expect(counts(await send(headers, '{"a":2}'))[0]).toBe(422)
  })

  it('is written on a line in structured form, its data in it', async () => {
    const headers = { ...BINARY, 'ce-id': 'l1' }
    await send({ ...headers, 'content-type': 'application/json' }, '{"a":\n1}', 'lines')
    await send({ ...headers, 'ce-id': 'l2', 'content-type': 'text/plain' }, 'hello', 'lines')
    for (;;) if ((await running.read('lines.ndjson')).split('\n').length > 2) break
    const [first, second] = (await running.read('lines.ndjson')).trimEnd().split('\n')
    expect(first).toContain('"datacontenttype":"application/json","data":{"a": 1}}')
    expect(JSON.parse(second ?? '')).toMatchObject({ id: 'l2', data_base64: 'aGVsbG8=' })
  })

  it.each([
    [{ 'ce-id': '1', 'ce-specversion': '0.3' }, '"specversion" must be "1.0", got "0.3"'],
    [{}, 'the attribute id is missing; every CloudEvent has specversion, id, source, type'],
    [{ 'ce-id': '1', 'ce-time': 'now' }, '"time" must be a time by RFC 3339'],
    [{ 'ce-id': '%' }, 'the header ce-id is no encoded text'],
  ])('is refused with 400 on its headers when it has %j', async (headers, expected) => {
    const [status, code, detail] = counts(await send({ ...BINARY, ...headers }))
    expect([status, code]).toEqual([400, 'ERR_MALFORMED_EVENT'])
    expect(detail).toContain(expected)
  })

  it('is refused with 400 when its data is not what its Content-Type says', async () => {
    const headers = { ...BINARY, 'ce-id': 'bad', 'content-type': 'application/json' }
    expect(counts(await send(headers, '{"a":'))).toEqual([
      400,
      'ERR_MALFORMED_BODY',
      'line 1, column 6: unexpected end, expected a value',
    ])
  })
})

describe('a CloudEvent in structured mode', () => {
  it('is delivered as it was received, and known by source and id', async () => {
    const text = `\n${JSON.stringify(anEvent({ id: 's1', data: { b: [1.5, null] } }), undefined, 1)} `
    expect(counts(await send({ 'content-type': `${ONE}; charset=utf-8` }, text))).toEqual([1, 0])
    const delivered = await receiver.at(0)
    expect([delivered.headers['content-type'], delivered.body.toString()]).toEqual([ONE, text.trim()])
    expect(counts(await send({ 'content-type': ONE }, text))).toEqual([0, 1])
  })

  it.each([
    [{ type: undefined }, 'event 1: the attribute type is missing'],
    [{ source: '' }, 'event 1: the attribute "source" must be a URI reference'],
    [{ data: 1, data_base64: '' }, 'event 1: "data" and "data_base64" may not both be there'],
  ])('is refused with 400 when it has %j', async (more, expected) => {
    const [status, code, detail] = counts(await send({ 'content-type': ONE }, JSON.stringify(anEvent(more))))
    expect([status, code]).toEqual([400, 'ERR_MALFORMED_EVENT'])
    expect(detail).toContain(expected)
  })

  it('is one object', async () => {
    const reply = await send({ 'content-type': ONE }, '[]')
    expect(counts(reply)).toEqual([
      400,
      'ERR_MALFORMED_BODY',
      'line 1, column 1: unexpected "[", expected an object (one event)',
    ])
  })
})

describe('a batch of CloudEvents', () => {
  it('is delivered event by event, each known by its own source and id', async () => {
    const events = [anEvent({ data: 1 }), anEvent({ data: 2 })].map((event) => JSON.stringify(event))
    expect(counts(await send({ 'content-type': BATCH }, `[${events.join(' , ')}]`))).toEqual([2, 0])
    await receiver.at(1)
    expect(receiver.delivered.map(({ body }) => body.toString()).toSorted()).toEqual(events)
    expect(receiver.delivered.every(({ headers }) => headers['content-type'] === ONE)).toBe(true)
    const more = `[${events[1]},${JSON.stringify(anEvent())}]`
    expect(counts(await send({ 'content-type': BATCH }, more))).toEqual([1, 1])
    expect(counts(await send({ 'content-type': BATCH }, '[]'))).toEqual([0, 0])
  })

  it('is refused whole when one event is at fault, naming it', async () => {
    const fresh = anEvent()
    const body = JSON.stringify([fresh, anEvent({ id: 3 })])
    expect(counts(await send({ 'content-type': BATCH }, body))).toEqual([
      400,
      'ERR_MALFORMED_EVENT',
      'event 2: the attribute "id" must be a text of 1 to 2048 characters, got 3',
    ])
    expect(counts(await send({ 'content-type': BATCH }, JSON.stringify([fresh])))).toEqual([1, 0])
    expect(counts(await send({ 'content-type': BATCH }, '{}'))[2]).toContain('expected an array of events')
  })
})

it('survives a restart with its attributes, on the disk', async () => {
  const yaml = (url: string): string => `
drainTimeoutMs: 0
streams:
  hook: { class: critical, window: { items: 10 }, backlog: { items: 10, bytes: 1MiB, maxAgeMs: 600000 }, retry: { baseMs: 1, maxMs: 1 }, sink: { type: http, url: "${url}" } }
`
  await using first = await RunningGateway.start(yaml('http://127.0.0.1:1/'))
  const headers = { ...BINARY, 'ce-id': 'r1', 'ce-subject': 'kept', 'content-type': 'text/plain' }
  await first.request('POST', '/v1/streams/hook', { headers, body: 'hello' })
  await first.stop()
  await using fresh = await Receiver.start()
  await using _second = await RunningGateway.start(yaml(fresh.url), first.folder)
  const delivered = await fresh.at(0)
  expect(delivered.headers).toMatchObject(headers)
  expect(delivered.body.toString()).toBe('hello')
})
