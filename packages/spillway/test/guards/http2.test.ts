/**
 * The guards of frameworks that speak HTTP/2, with Node's own client.
 */
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { guard as guardFastify } from '../../src/adapters/fastify/index.ts'
import { guard as guardHono } from '../../src/adapters/hono/index.ts'
import { ConcurrencyLimiter, fixed } from '../../src/index.ts'
import { until } from './rig.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

interface Served {
  readonly server: Http2Server
  readonly gate: ConcurrencyLimiter
  /** Answers the requests that are held. */
  readonly letGo: () => void
  readonly held: () => number
}

function gateAndHandler() {
  const gate = new ConcurrencyLimiter({
    limit: fixed(1),
    maxWaiting: 4,
    order: 'fifo',
    maxWaitMs: Number.POSITIVE_INFINITY,
  })
  const held: (() => void)[] = []
  const handle = () => new Promise<string>((resolve) => held.push(() => resolve('done')))
  return { gate, handle, held: () => held.length, letGo: () => held.shift()?.() }
}

async function withFastify(timeoutMs: number): Promise<Served> {
  const { gate, handle, held, letGo } = gateAndHandler()
  const app = fastify({ http2: true })
  await app.register(guardFastify({ gate, timeoutMs }))
  app.post('/', handle)
  await app.ready()
  // Fastify with `http2: true` stands on Node's server of HTTP/2.
  return { server: app.server as unknown as Http2Server, gate, held, letGo }
}

async function withHono(timeoutMs: number): Promise<Served> {
  const { gate, handle, held, letGo } = gateAndHandler()
  const app = new Hono()
  app.use(guardHono({ gate, timeoutMs }))
  app.post('/', async (c) => c.text(await handle()))
  const server = createServer(getRequestListener(app.fetch) as never)
  return { server, gate, held, letGo }
}

async function sessionOf({ server }: Served): Promise<ClientHttp2Session> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  ends.push(() => new Promise((resolve) => server.close(resolve)))
  ends.push(() => session.destroy())
  return session
}

function ask(session: ClientHttp2Session) {
  const stream = session.request({
    ':path': '/',
    ':method': 'POST',
    'content-type': 'application/json',
    'content-length': '2',
  })
  stream.on('error', () => {})
  stream.resume()
  stream.end('{}')
  const status = new Promise<unknown>((resolve) => stream.once('response', (fields) => resolve(fields)))
  return { stream, status }
}

describe.each([
  ['Fastify', withFastify],
  ['Hono', withHono],
])('the guard of %s over HTTP/2', (_name, make) => {
  it('admits, refuses with Retry-After, and leaves the other streams of the session alone', async () => {
    const served = await make(0)
    const session = await sessionOf(served)
    const first = ask(session)
    await until(() => served.held() === 1)
    const refused = await ask(session).status
    expect(refused).toMatchObject({ ':status': 503, 'content-type': 'application/problem+json' })
    expect(Number(Object(refused)['retry-after'])).toBeGreaterThanOrEqual(1)
    served.letGo()
    expect(await first.status).toMatchObject({ ':status': 200 })
    await until(() => served.gate.inFlight === 0)
    expect(served.gate.stats().ended).toMatchObject({ success: 1 })
  })

  it('takes back the wait of a stream that was reset', async () => {
    const served = await make(30_000)
    const session = await sessionOf(served)
    const first = ask(session)
    await until(() => served.held() === 1)
    const waiting = ask(session)
    await until(() => served.gate.waiting === 1)
    waiting.stream.close()
    await until(() => served.gate.waiting === 0)
    served.letGo()
    await first.status
    expect(served.gate.stats()).toMatchObject({ abandoned: 1, accepted: 1 })
  })
})
