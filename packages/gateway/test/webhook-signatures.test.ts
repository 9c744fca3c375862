import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { webhookKey, webhookSignature } from '../src/protocol/webhook-signature.ts'
import { type Reply, RunningGateway } from './running-gateway.ts'

/** The example of the libraries of the specification. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const EXAMPLE = {
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  body: '{"test": 2432232314}',
}
const NEXT_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const KEY = 'shop-key-0123456789'

const inMemory = 'class: best-effort, window: { items: 1000 }, whenFull: block'
const YAML = `
drainTimeoutMs: 0
tenants:
  - { name: shop, key: ${KEY} }
streams:
  hook: { ${inMemory}, verify: { type: standard-webhooks, secret: [${SECRET}, ${NEXT_SECRET}] }, sink: { type: file, path: DIR/hook.ndjson } }
  old: { ${inMemory}, verify: { type: standard-webhooks, secret: ${SECRET}, toleranceMs: 1.0e+15 }, sink: { type: file, path: DIR/old.ndjson } }
`

let running: RunningGateway
let nextId = 1

beforeAll(async () => {
  running = await RunningGateway.start(YAML)
})

afterAll(() => running[Symbol.asyncDispose]())

function post(stream: string, headers: Record<string, string>, body: string | Buffer): Promise<Reply> {
  const all = { 'content-type': 'application/json', ...headers }
  return running.request('POST', `/v1/streams/${stream}`, { headers: all, body })
}

interface ToSign {
  readonly body?: string
  readonly secret?: string
  readonly offS?: number
  readonly id?: string
}

/** The headers of a signed request. */
function signed({
  body = '{}',
  secret = SECRET,
  offS = 0,
  id = `msg_${nextId++}`,
}: ToSign = {}): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000) + offS)
  const signature = webhookSignature(webhookKey(secret), { id, timestamp }, Buffer.from(body))
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
}

function told({ status, json }: Reply): string {
  const { code, detail } = json as { code?: string; detail?: string }
  return code === undefined ? String(status) : `${status} ${code} ${detail}`
}

describe('a stream that takes what its sender has signed', () => {
  it('takes the example of the specification', async () => {
    expect((await post('old', EXAMPLE.headers, EXAMPLE.body)).status).toBe(202)
  })

  it('needs no key, but one that is sent must be right', async () => {
    expect((await post('hook', signed(), '{}')).status).toBe(202)
    expect((await post('hook', { ...signed(), 'x-api-key': KEY }, '{}')).status).toBe(202)
    expect(told(await post('hook', { ...signed(), 'x-api-key': 'wrong' }, '{}'))).toContain(
      'ERR_UNAUTHENTICATED',
    )
    expect(told(await post('hook', { 'x-api-key': KEY }, '{}'))).toContain('401 ERR_WRONG_SIGNATURE')
  })

  it('takes either secret while one is changed, among any other signatures', async () => {
    expect((await post('hook', signed({ secret: NEXT_SECRET }), '{}')).status).toBe(202)
    const headers = signed()
    const several = `v1a,abc v1,${Buffer.alloc(32).toString('base64')} ${headers['webhook-signature']}`
    expect((await post('hook', { ...headers, 'webhook-signature': several }, '{}')).status).toBe(202)
  })

  it('looks at the bytes as they were sent', async () => {
    const body = ' {"a" : 1.0 ,\n"b":"\\u00e9"}\n'
    expect((await post('hook', signed({ body }), body)).status).toBe(202)
    expect(told(await post('hook', signed({ body }), body.trim()))).toContain('401 ERR_WRONG_SIGNATURE')
  })

  it.each([
    ['another secret', () => signed({ secret: `whsec_${Buffer.alloc(24, 1).toString('base64')}` })],
    ['another body', () => signed({ body: '[]' })],
    ['another id', () => ({ ...signed(), 'webhook-id': 'msg_x' })],
    [
      'a time that was not signed',
      () => ({ ...signed(), 'webhook-timestamp': String(1 + Math.floor(Date.now() / 1000)) }),
    ],
    ['no signature', () => ({ ...signed(), 'webhook-signature': 'v1,' })],
    ['no id', () => ({ ...signed(), 'webhook-id': '' })],
    ['an id with a dot, which could be divided elsewhere', () => signed({ id: 'a.1' })],
    ['no time', () => ({ ...signed(), 'webhook-timestamp': 'now' })],
    ['nothing at all', () => ({})],
  ])('refuses a request with %s', async (_what, headers) => {
    const reply = await post('hook', headers(), '{}')
    expect(told(reply)).toMatch(
      /^401 ERR_WRONG_SIGNATURE webhook-.*; sign id, time and body by the Standard Webhooks/,
    )
    expect(reply.headers['www-authenticate']).toBe('Standard-Webhooks')
  })

  it('refuses what was signed too long ago, or too far ahead', async () => {
    expect((await post('hook', signed({ offS: -290 }), '{}')).status).toBe(202)
    expect((await post('hook', signed({ offS: 290 }), '{}')).status).toBe(202)
    expect(told(await post('hook', signed({ offS: -400 }), '{}'))).toMatch(
      /webhook-timestamp is 40\d s ago, more than 300 s from now/,
    )
    expect(told(await post('hook', signed({ offS: 400 }), '{}'))).toContain(
      's ahead, more than 300 s from now',
    )
  })

  it('takes a request once, by the id that was signed, whatever unsigned names it has', async () => {
    const headers = signed()
    await post('hook', { ...headers, 'idempotency-key': 'a' }, '{}')
    const ce = { 'ce-id': '1', 'ce-source': '/x', 'ce-type': 't', 'ce-specversion': '1.0' }
    for (const more of [{}, { 'idempotency-key': 'b' }, ce]) {
      expect((await post('hook', { ...headers, ...more }, '{}')).json).toMatchObject({
        accepted: 0,
        duplicates: 1,
      })
    }
  })

  it('takes no compressed body, which is not what was signed', async () => {
    const body = gzipSync('{}')
    expect(told(await post('hook', { ...signed(), 'content-encoding': 'gzip' }, body))).toContain(
      '415 ERR_UNSUPPORTED_ENCODING a signed body is taken as it was signed',
    )
  })
})
