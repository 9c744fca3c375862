import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Reply, RunningGateway } from './running-gateway.ts'

/** `quick` delivers at once; `stuck` delivers its first event, then nearly nothing; `capped` admits one request, then none. */
const YAML = `
bodyLimit: 1KiB
bodyTimeoutMs: 50
drainTimeoutMs: 0
streams:
  quick: { class: best-effort, window: { items: 100 }, whenFull: block, sink: { type: file, path: DIR/quick.ndjson } }
  full: { class: best-effort, window: { items: 1 }, whenFull: reject, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/full.ndjson } }
  partly: { class: best-effort, window: { items: 10 }, whenFull: reject, concurrency: 1, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/partly.ndjson } }
  waits: { class: best-effort, window: { items: 1 }, whenFull: block, enqueueTimeoutMs: 30, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/waits.ndjson } }
  crowded: { class: best-effort, window: { items: 1 }, whenFull: block, maxWaiting: 0, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/crowded.ndjson } }
  heavy: { class: best-effort, window: { items: 100, bytes: 1KiB }, whenFull: reject, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/heavy.ndjson } }
  capped: { class: best-effort, window: { items: 100 }, whenFull: block, ingress: { ratePerSecond: 0.01, burst: 3 }, sink: { type: file, path: DIR/capped.ndjson } }
`

const BODY = JSON.stringify({ text: 'x'.repeat(600) })

let running: RunningGateway

beforeAll(async () => {
  running = await RunningGateway.start(YAML)
})

afterAll(() => running[Symbol.asyncDispose]())

function problem({ status, json }: Reply): unknown {
  const { code, detail } = json as { code: string; detail: string }
  return { status, code, detail }
}

describe('an answer of the gateway', () => {
  it('is 202 with a receipt when the events were taken', async () => {
    const reply = await running.post('quick', '{"a":1}')
    expect(reply).toMatchObject({ status: 202, json: { accepted: 1, duplicates: 0, durability: 'memory' } })
    expect(await running.post('quick', '[1,{"b":2}]')).toMatchObject({ status: 202, json: { accepted: 2 } })
    const lines = await running.post('quick', '{"c":3}\n"d"\n[5]', 'application/x-ndjson')
    expect(lines).toMatchObject({ status: 202, json: { accepted: 3 } })
  })

  it('is 202 with what found no place, and when to come back with it, when a stream takes a batch in part', async () => {
    await running.post('partly', '[1,2,3,4,5,6,7]')
    const reply = await running.post('partly', '[1,2,3,4,5,6,7,8,9,10]')
    const { accepted, refused } = reply.json as { accepted: number; refused: number }
    expect([reply.status, accepted + refused, reply.headers['retry-after']]).toEqual([
      202,
      10,
      expect.stringMatching(/^[123]$/),
    ])
    expect(refused).toBeGreaterThan(0)
    expect((await running.scrape()).sum('events_refused_total', { stream: 'partly' })).toBe(refused)
  })

  it('is 400 naming line and column when the body is malformed', async () => {
    expect(problem(await running.post('quick', '{\n  "a": 1,\n}'))).toEqual({
      status: 400,
      code: 'ERR_MALFORMED_BODY',
      detail: 'line 3, column 1: unexpected "}", expected a key in double quotes',
    })
    expect(problem(await running.post('quick', '{"a":1}\n{"a":\n', 'application/x-ndjson'))).toEqual({
      status: 400,
      code: 'ERR_MALFORMED_BODY',
      detail: 'line 2, column 6: unexpected end, expected a value',
    })
  })

  it('is 404 naming the streams there are', async () => {
    expect(problem(await running.post('quik', '{}'))).toEqual({
      status: 404,
      code: 'ERR_UNKNOWN_STREAM',
      detail:
        'no stream is called "quik"; did you mean "quick"? there are: quick, full, partly, waits, crowded, heavy, capped',
    })
    expect(problem(await running.request('GET', '/v1/'))).toMatchObject({
      status: 404,
      code: 'ERR_UNKNOWN_PATH',
    })
  })

  it('is 405 with the methods that are allowed', async () => {
    const reply = await running.request('GET', '/v1/streams/quick')
    expect(problem(reply)).toMatchObject({ status: 405, code: 'ERR_METHOD_NOT_ALLOWED' })
    expect(reply.headers['allow']).toBe('POST')
  })

  it('is 413 for a body or batch that can never be taken', async () => {
    const long = JSON.stringify('x'.repeat(2000))
    expect(problem(await running.post('quick', long))).toMatchObject({
      status: 413,
      code: 'ERR_BODY_TOO_LARGE',
    })
    const many = JSON.stringify(Array.from({ length: 101 }, () => 1))
    expect(problem(await running.post('quick', many))).toMatchObject({
      status: 413,
      code: 'ERR_BATCH_TOO_LARGE',
    })
    expect(problem(await running.post('capped', '[1,2,3,4]'))).toMatchObject({
      status: 413,
      code: 'ERR_BATCH_TOO_LARGE',
    })
  })

  it('is 415 for a media type or an encoding that is not taken', async () => {
    expect(problem(await running.post('quick', '{}', 'text/plain'))).toEqual({
      status: 415,
      code: 'ERR_UNSUPPORTED_MEDIA_TYPE',
      detail:
        'Content-Type must be application/json, application/x-ndjson, application/cloudevents+json or application/cloudevents-batch+json, in UTF-8; got "text/plain"',
    })
    const headers = { 'content-type': 'application/json', 'content-encoding': 'compress' }
    const encoded = await running.request('POST', '/v1/streams/quick', { headers, body: '{}' })
    expect(problem(encoded)).toMatchObject({ status: 415, code: 'ERR_UNSUPPORTED_ENCODING' })
  })

  it('is 429 with Retry-After above the ingress rate', async () => {
    for (let reply = await running.post('capped', '{}'); ; reply = await running.post('capped', '{}')) {
      if (reply.status === 202) continue
      expectRefusal(reply, { status: 429, code: 'ERR_RATE_LIMITED', policy: 'rate' })
      expect(reply.headers['ratelimit-policy']).toBe('"rate";q=3;w=300')
      return
    }
  })

  it('is 503 with Retry-After when there is no place, at once or after waiting', async () => {
    const codes = {
      full: 'ERR_QUEUE_FULL',
      waits: 'ERR_BUDGET_UNREACHABLE',
      crowded: 'ERR_TOO_MANY_WAITING',
      heavy: 'ERR_QUEUE_FULL',
    }
    for (const [stream, code] of Object.entries(codes)) {
      await running.fill(stream, BODY)
      expectRefusal(await running.post(stream, BODY), { status: 503, code, policy: 'queue' })
    }
  })
})

function expectRefusal(
  { status, headers, json }: Reply,
  expected: { status: number; code: string; policy: string },
): void {
  expect(status).toBe(expected.status)
  expect(headers['content-type']).toBe('application/problem+json')
  expect(headers['cache-control']).toBe('no-store')
  expect(headers['retry-after']).toMatch(/^[123]$/)
  expect(headers['ratelimit']).toBe(`"${expected.policy}";r=0;t=${headers['retry-after']}`)
  expect(json).toMatchObject({
    type: expect.stringMatching(/^https:\/\/iana[.]org\/assignments\/http-problem-types#[a-z-]+$/),
    title: expect.any(String),
    status: expected.status,
    detail: expect.any(String),
    code: expected.code,
    retryable: true,
    started: false,
    'violated-policies': [expected.policy],
  })
}
