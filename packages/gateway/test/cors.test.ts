import { describe, expect, it } from 'vitest'
import { type Reply, RunningGateway } from './running-gateway.ts'

const STREAMS = `
drainTimeoutMs: 0
streams:
  door: { class: best-effort, window: { items: 100 }, whenFull: block, ingress: { ratePerSecond: 0.01, burst: 1 }, sink: { type: file, path: DIR/door.ndjson } }
`
const NAMED = `cors: { origins: ["https://shop.example", "http://localhost:3000"] }${STREAMS}`
const PAGE = { origin: 'https://shop.example' }

const post = (running: RunningGateway, headers: Record<string, string>): Promise<Reply> =>
  running.request('POST', '/v1/streams/door', {
    headers: { 'content-type': 'application/json', ...headers },
    body: '{}',
  })

const preflight = (running: RunningGateway, headers: Record<string, string>): Promise<Reply> =>
  running.request('OPTIONS', '/v1/streams/door', {
    headers: { 'access-control-request-method': 'POST', ...headers },
  })

/** The headers that are for browsers. */
function forPages({ headers }: Reply): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name === 'vary' || name.startsWith('access-control-')),
  )
}

describe('a gateway that was told which pages may send', () => {
  it('tells a browser so before it sends, and names no header that it would not take', async () => {
    await using running = await RunningGateway.start(NAMED)
    const asked = 'content-type,Authorization, idempotency-key,ce-id,x-other,cookie'
    const reply = await preflight(running, { ...PAGE, 'access-control-request-headers': asked })
    expect([reply.status, reply.json]).toEqual([204, undefined])
    expect(forPages(reply)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, authorization, idempotency-key, ce-id',
      'access-control-expose-headers': 'Retry-After, RateLimit, RateLimit-Policy',
      'access-control-max-age': '7200',
    })
  })

  it('lets such a page read every answer, and when to come back', async () => {
    await using running = await RunningGateway.start(NAMED)
    for (const status of [202, 429]) {
      const reply = await post(running, PAGE)
      expect(reply.status).toBe(status)
      expect(forPages(reply)).toEqual({
        vary: 'Origin',
        'access-control-allow-origin': 'https://shop.example',
        'access-control-expose-headers': 'Retry-After, RateLimit, RateLimit-Policy',
      })
    }
  })

  it('names no other page, not one that looks alike', async () => {
    await using running = await RunningGateway.start(NAMED)
    const origins = ['https://shop.example.evil', 'http://shop.example', 'https://shop.example:8443', 'null']
    for (const origin of origins) {
      const replies = [await preflight(running, { origin }), await post(running, { origin })]
      for (const reply of replies) {
        expect([reply.status, forPages(reply)]).toEqual([403, { vary: 'Origin' }])
        expect(reply.json).toMatchObject({
          code: 'ERR_FORBIDDEN_ORIGIN',
          detail: `pages of the origin "${origin}" may not send; name it in cors.origins`,
        })
      }
    }
    expect(forPages(await post(running, {}))).toEqual({ vary: 'Origin' })
  })

  it('asks for no credentials, for all pages neither', async () => {
    await using running = await RunningGateway.start(`cors: { origins: ["*"] }${STREAMS}`)
    const replies = [await preflight(running, PAGE), await post(running, PAGE)]
    for (const reply of replies) {
      expect(reply.headers['access-control-allow-origin']).toBe('*')
      expect(reply.headers['access-control-allow-credentials']).toBeUndefined()
    }
  })
})

describe('a gateway that was told of no pages', () => {
  it('says nothing to browsers', async () => {
    await using running = await RunningGateway.start(STREAMS)
    expect(forPages(await post(running, {}))).toEqual({})
    expect(forPages(await preflight(running, PAGE))).toEqual({})
  })

  it('lets none send that needs no key, be it a page that has taken its name', async () => {
    await using running = await RunningGateway.start(STREAMS)
    expect((await post(running, { ...PAGE, host: 'shop.example' })).json).toMatchObject({
      status: 403,
      code: 'ERR_FORBIDDEN_ORIGIN',
    })
    expect((await post(running, { host: 'any.example' })).status).toBe(202)
  })

  it('leaves it to keys where there are some', async () => {
    const tenants = 'tenants: [{ name: shop, key: shop-key-0123456789 }]'
    await using running = await RunningGateway.start(`${tenants}${STREAMS}`)
    expect((await post(running, { ...PAGE, 'x-api-key': 'shop-key-0123456789' })).status).toBe(202)
    expect((await preflight(running, PAGE)).status).toBe(401)
  })
})
