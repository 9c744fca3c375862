import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Reply, RunningGateway } from './running-gateway.ts'

const SHOP = 'shop-key-0123456789'
const SHOP_NEXT = 'shop-key-abcdefghij'
const BANK = 'bank-key-0123456789'
const SLOW = 'slow-key-0123456789'

const file = (name: string): string => `sink: { type: file, path: DIR/${name}.ndjson }`
const YAML = `
drainTimeoutMs: 0
bodyLimit: 8MiB
bodyBudget: 8MiB
tenants:
  - { name: shop, key: [${SHOP}, ${SHOP_NEXT}], streams: [orders] }
  - { name: bank, key: ${BANK} }
  - { name: slow, key: ${SLOW}, ratePerSecond: 0.01, burst: 5 }
streams:
  orders: { class: best-effort, window: { items: 1000 }, whenFull: block, ${file('orders')} }
  secret: { class: best-effort, window: { items: 1000 }, whenFull: block, ${file('secret')} }
  full: { class: best-effort, window: { items: 1 }, whenFull: reject, rate: { ratePerSecond: 0.01 }, ${file('full')} }
`

let running: RunningGateway

beforeAll(async () => {
  running = await RunningGateway.start(YAML)
})

afterAll(() => running[Symbol.asyncDispose]())

/** Posts a body with some headers, as JSON. */
function post(stream: string, headers: Record<string, string>, body: string | Buffer = '{}'): Promise<Reply> {
  const all = { 'content-type': 'application/json', ...headers }
  return running.request('POST', `/v1/streams/${stream}`, { headers: all, body })
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

function told({ status, json }: Reply): string {
  const { code, detail } = json as { code: string; detail: string }
  return `${status} ${code} ${detail}`
}

describe('a request with a key', () => {
  it('is taken from its tenant, whichever of the keys and of the headers it comes with', async () => {
    for (const headers of [
      bearer(SHOP),
      bearer(SHOP_NEXT),
      { authorization: `bearer  ${SHOP}` },
      { 'x-api-key': SHOP },
    ]) {
      expect((await post('orders', headers)).status).toBe(202)
    }
  })

  it.each([
    ['no key', {}],
    ['an empty key', { 'x-api-key': '' }],
    ['a wrong key', bearer(`${SHOP}x`)],
    ['a part of a key', bearer(SHOP.slice(0, -1))],
    ['a key of another scheme', { authorization: `Basic ${SHOP}` }],
    ['a right key beside a wrong one', { ...bearer('wrong'), 'x-api-key': SHOP }],
    ['a key of 8 KB', bearer('x'.repeat(8000))],
  ])('is refused with 401 when it has %s, and told how to send one', async (_what, headers) => {
    const reply = await post('orders', headers)
    expect(told(reply)).toMatch(
      /^401 ERR_UNAUTHENTICATED (no key was sent|the key that was sent is nobody’s); send the key of a tenant as "Authorization: Bearer KEY"/,
    )
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="spillway"')
  })

  it('learns nothing before its key is known: neither which streams there are nor what they take', async () => {
    const asked = [
      await post('nowhere', {}),
      await post('orders', { 'content-type': 'text/plain' }),
      await running.request('GET', '/v1/streams/orders'),
      await post('full', bearer('wrong-key-wrong-key')),
    ]
    expect(asked.map(({ status }) => status)).toEqual([401, 401, 401, 401])
  })

  it('is refused with 403 for a stream that is not its tenant’s, whether there is one or not', async () => {
    expect(told(await post('secret', bearer(SHOP)))).toBe(
      '403 ERR_FORBIDDEN_STREAM tenant shop may not send to "secret"; have it added to the tenant’s streams',
    )
    expect((await post('nowhere', bearer(SHOP))).status).toBe(403)
    expect((await post('secret', bearer(BANK))).status).toBe(202)
    expect(told(await post('nowhere', bearer(BANK)))).toContain('there are: orders, secret, full')
  })
})

describe('a tenant’s rate', () => {
  it('is over all its streams, and told with 429, Retry-After and the policy', async () => {
    expect((await post('orders', bearer(SLOW), '[1,2]')).status).toBe(202)
    expect((await post('secret', bearer(SLOW), '[1,2]')).status).toBe(202)
    // What is malformed has spent its token: it had to be read.
    expect((await post('orders', bearer(SLOW), 'oops')).status).toBe(400)
    const reply = await post('full', bearer(SLOW))
    expect(told(reply)).toBe(
      '429 ERR_RATE_LIMITED tenant slow: more arrives than its rate allows; send slower',
    )
    expect(reply.headers['retry-after']).toBe('3')
    expect(reply.headers['ratelimit']).toBe('"tenant";r=0;t=3')
    expect(reply.headers['ratelimit-policy']).toBe('"tenant";q=5;w=500')
    expect(reply.json).toMatchObject({ 'violated-policies': ['tenant'], retryable: true, started: false })
    expect((await post('orders', bearer(BANK))).status).toBe(202)
  })

  it('takes no batch above its burst, ever', async () => {
    await using other = await RunningGateway.start(YAML)
    const headers = { ...bearer(SLOW), 'content-type': 'application/json' }
    const reply = await other.request('POST', '/v1/streams/orders', { headers, body: '[1,2,3,4,5,6]' })
    expect(told(reply)).toBe(
      '413 ERR_BATCH_TOO_LARGE tenant slow: the batch has 6 events, its burst is 5; send smaller batches',
    )
  })

  it('is not spent by what the gateway could not take', async () => {
    await using other = await RunningGateway.start(YAML)
    const send = (stream: string, key: string): Promise<Reply> => {
      const headers = { ...bearer(key), 'content-type': 'application/json' }
      return other.request('POST', `/v1/streams/${stream}`, { headers, body: '{}' })
    }
    // While the last delivery ends there may be one more place.
    for (let refused = 0; refused < 3; ) {
      refused = (await send('full', BANK)).status === 503 ? refused + 1 : 0
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    for (let i = 0; i < 8; i++) expect((await send('full', SLOW)).status).toBe(503)
    for (let i = 0; i < 5; i++) expect((await send('orders', SLOW)).status).toBe(202)
    expect((await send('orders', SLOW)).status).toBe(429)
  })
})

describe('the memory for bodies', () => {
  it('takes no body that is above one tenant’s part of it', async () => {
    const reply = await post('orders', bearer(BANK), Buffer.alloc(5 * 2 ** 20, ' '))
    expect(told(reply)).toContain(`413 ERR_BODY_TOO_LARGE the body is larger than ${4 * 2 ** 20} bytes`)
  })
})
