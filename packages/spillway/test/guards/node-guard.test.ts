import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { guard, type HttpGuard, sendRefusal } from '../../src/adapters/node/index.ts'
import { ConcurrencyLimiter, fixed, OverloadError, Processor, RateLimiter } from '../../src/index.ts'
import { answers, RawClient } from './raw-client.ts'

type Listener = Parameters<HttpGuard>[0]

const servers: Server[] = []
const clients: RawClient[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function serve(guarded: HttpGuard, listener: Listener): Promise<number> {
  const handler = guarded(listener)
  const server = createServer(handler)
  server.on('checkContinue', handler.checkContinue)
  return listen(server)
}

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function raw(port: number): RawClient {
  const client = new RawClient(port)
  clients.push(client)
  return client
}

const limited = (limit: number, options: object = {}) =>
  guard({ gate: new ConcurrencyLimiter({ limit: fixed(limit), maxWaiting: 8 }), ...options })

/** A listener that holds its responses until they are let go. */
function holding() {
  const held: (() => void)[] = []
  const signals: AbortSignal[] = []
  const listener: Listener = (incoming, response, admission) => {
    incoming.resume()
    signals.push(admission.signal)
    held.push(() => response.end('done'))
  }
  const started = async (count: number) => {
    while (held.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
  return { held, signals, listener, started }
}

const get = (port: number, path = '/', headers: Record<string, string> = {}) =>
  request(`http://127.0.0.1:${port}${path}`, { headers })

const sum = (counts: object) => Object.values(counts).reduce((a: number, b: number) => a + b, 0)

describe('guard of node:http', () => {
  it('admits up to the limit and answers 503 with Retry-After and a problem document above', async () => {
    const { held, listener, started } = holding()
    const guarded = limited(1)
    const port = await serve(guarded, listener)
    const first = get(port)
    await started(1)
    const second = await get(port)
    expect(second.statusCode).toBe(503)
    expect(Number(second.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(second.headers['content-type']).toBe('application/problem+json')
    expect(await second.body.json()).toMatchObject({
      code: 'ERR_CONCURRENCY_LIMITED',
      started: false,
      status: 503,
    })
    held[0]!()
    expect((await first).statusCode).toBe(200)
    expect(guarded.stats()).toMatchObject({
      received: 2,
      accepted: 1,
      refused: { ERR_CONCURRENCY_LIMITED: 1 },
    })
  })

  it('answers 429 when it is the client who is over its quota', async () => {
    const gate = new RateLimiter({ ratePerSecond: 0.5, burst: 1 })
    const port = await serve(
      guard({ gate, policy: { name: 'hits', quota: 1, windowS: 2 } }),
      (_, response) => {
        response.end('ok')
      },
    )
    expect((await get(port)).statusCode).toBe(200)
    const refused = await get(port)
    expect(refused.statusCode).toBe(429)
    expect(refused.headers['ratelimit-policy']).toBe('"hits";q=1;w=2')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(2)
  })

  it('lets a request wait as long as it may, and answers late when that was in vain', async () => {
    const { held, listener, started } = holding()
    const guarded = limited(1, { timeoutMs: 60 })
    const port = await serve(guarded, listener)
    const first = get(port)
    await started(1)
    const late = await get(port)
    expect(late.statusCode).toBe(503)
    expect(await late.body.json()).toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    const patient = get(port)
    held[0]!()
    await started(2)
    held[1]!()
    expect((await patient).statusCode).toBe(200)
    expect((await first).statusCode).toBe(200)
  })

  it('never refuses nor counts what is exempt', async () => {
    const { held, listener, started } = holding()
    const guarded = limited(1, { exempt: ({ url }: IncomingMessage) => url === '/livez' })
    const port = await serve(guarded, (incoming, response, admission) => {
      if (incoming.url === '/livez') response.end('alive')
      else listener(incoming, response, admission)
    })
    const first = get(port)
    await started(1)
    expect((await get(port, '/livez')).statusCode).toBe(200)
    expect((await get(port)).statusCode).toBe(503)
    held[0]!()
    await first
    expect(guarded.stats()).toMatchObject({ received: 2, exempt: 1 })
  })

  it('counts in shadow mode what it would refuse, and admits it', async () => {
    const { held, listener, started } = holding()
    const port = await serve(limited(1, { shadow: true }), listener)
    const both = [get(port), get(port)]
    await started(2)
    for (const answer of held) answer()
    for (const response of await Promise.all(both)) expect(response.statusCode).toBe(200)
  })

  it('keeps the connection after a small unread body, and the next request on it works', async () => {
    const { held, listener, started } = holding()
    const port = await serve(limited(1), listener)
    const holder = raw(port)
    holder.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await started(1)
    const client = raw(port)
    client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n01234')
    await client.until((received) => received.includes('"started":false'))
    expect(client.received).toContain('503')
    held[0]!()
    await holder.until((received) => received.includes('done'))
    client.send('56789GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await started(2)
    held[1]!()
    await client.until((received) => answers(received) === 2)
    expect(client.received).toContain('200 OK')
    expect(client.closed).toBe(false)
  })

  it.each([
    ['of a large size', 'content-length: 100000000'],
    ['of unknown size', 'transfer-encoding: chunked'],
  ])(
    'closes the connection after an unread body %s, but only when the answer is through',
    async (_, header) => {
      const { listener, started } = holding()
      const port = await serve(limited(1), listener)
      raw(port).send('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
      await started(1)
      const client = raw(port)
      client.send(`POST / HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`)
      client.send(header.startsWith('t') ? `3e8\r\n${'x'.repeat(1000)}\r\n` : 'x'.repeat(1000))
      await client.until((received) => received.includes('"started":false'))
      expect(client.received.toLowerCase()).toContain('connection: close')
      client.send(header.startsWith('t') ? `50000\r\n${'x'.repeat(0x50000)}\r\n` : 'x'.repeat(0x50000))
      await client.end()
      expect(client.closed).toBe(true)
      expect(answers(client.received)).toBe(1)
    },
  )

  it('refuses a client that asks with Expect: 100-continue before it sends a byte of its body', async () => {
    const { held, listener, started } = holding()
    const port = await serve(limited(1), listener)
    const ask = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n'
    const first = raw(port)
    first.send(ask)
    await first.until((received) => received.includes('100 Continue'))
    first.send('01234')
    await started(1)
    const second = raw(port)
    second.send(ask)
    await second.end()
    expect(second.received).toContain('503 Service Unavailable')
    expect(second.received).not.toContain('100 Continue')
    held[0]!()
    await first.until((received) => received.includes('done'))
  })

  it('gives the place of a client that went away to the next, and takes back the wait of one that left early', async () => {
    const { held, signals, listener, started } = holding()
    const guarded = limited(1, { timeoutMs: 10_000 })
    const port = await serve(guarded, listener)
    const first = raw(port)
    first.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await started(1)
    const leaver = raw(port)
    leaver.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    while (guarded.stats().waiting < 1) await new Promise((resolve) => setImmediate(resolve))
    leaver.destroy()
    while (guarded.stats().abandoned < 1) await new Promise((resolve) => setImmediate(resolve))
    const next = get(port)
    while (guarded.stats().waiting < 1) await new Promise((resolve) => setImmediate(resolve))
    first.destroy()
    await started(2)
    expect(signals[0]!.aborted).toBe(true)
    held[1]!()
    expect((await next).statusCode).toBe(200)
    expect(guarded.stats()).toMatchObject({ received: 3, accepted: 2, abandoned: 1, waiting: 0 })
  })

  it('handles pipelined requests one by one, and a half-sent request not at all', async () => {
    const guarded = limited(1)
    const port = await serve(guarded, (_, response) => response.end('ok'))
    const client = raw(port)
    client.send('GET /1 HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(5))
    await client.until((received) => answers(received) === 5)
    const half = raw(port)
    half.send('GET / HTTP/1.1\r\nhos')
    half.destroy()
    await get(port)
    expect(guarded.stats()).toMatchObject({ received: 6, inFlight: 0 })
  })

  it('answers 500 and tells, when a function of the options throws, and lives on', async () => {
    const errors: unknown[] = []
    const guarded = guard({
      gate: new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 }),
      key: ({ url }) => {
        if (url === '/bad') throw new Error('no key')
        return 'key'
      },
      onError: (error) => errors.push(error),
    })
    const port = await serve(guarded, (_, response) => response.end('ok'))
    expect((await get(port, '/bad')).statusCode).toBe(500)
    expect((await get(port)).statusCode).toBe(200)
    expect(errors).toHaveLength(1)
    expect(guarded.stats().received).toBe(1)
  })

  it('gives nobody a free ride for forged, absurd, repeated or endless headers', async () => {
    const budgets: (number | undefined)[] = []
    const guarded = guard({
      gate: new ConcurrencyLimiter({ limit: fixed(100), maxWaiting: 0 }),
      budget: { maxMs: 500 },
    })
    const port = await serve(guarded, (_, response, { budgetMs }) => {
      budgets.push(budgetMs)
      response.end('ok')
    })
    for (const value of ['99999999H', '-5m', 'NaN', '0x10m', '', '1m, 2m']) {
      await get(port, '/', { 'grpc-timeout': value, criticality: 'critical-plus', priority: 'u=0' })
    }
    const twice = raw(port)
    twice.send('GET / HTTP/1.1\r\nhost: x\r\ngrpc-timeout: 1m\r\ngrpc-timeout: 9S\r\n\r\n')
    await twice.until((received) => answers(received) === 1)
    expect(budgets).toEqual([500, 500, 500, 500, 500, 500, 500])
    const flood = raw(port)
    flood.send(`GET / HTTP/1.1\r\nhost: x\r\n${'x-flood: y\r\n'.repeat(10_000)}\r\n`)
    await flood.end()
    expect(flood.received).toContain('431')
    expect((await get(port)).statusCode).toBe(200)
  })

  it('keeps its ledger in step with what clients and handlers counted', async () => {
    let handled = 0
    const guarded = limited(3, { timeoutMs: 2 })
    const port = await serve(guarded, (incoming, response) => {
      handled++
      incoming.resume()
      setTimeout(() => response.end('ok'), 3)
    })
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' })
        await body.dump()
        return statusCode
      }),
    )
    const stats = guarded.stats()
    const ok = statuses.filter((status) => status === 200).length
    expect(ok).toBe(handled)
    expect(stats.accepted).toBe(handled)
    expect(sum(stats.refused)).toBe(200 - ok)
    expect(stats).toMatchObject({ received: 200, abandoned: 0, waiting: 0, inFlight: 0 })
  })
})

describe('sendRefusal', () => {
  it('answers for a handler that enqueues inside, and leaves other errors to it', async () => {
    const processor = new Processor<string>({
      handle: () => new Promise(() => {}),
      capacity: 0,
      whenFull: 'block',
      concurrency: 1,
    })
    const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
      try {
        if (incoming.url === '/bug') throw new Error('bug')
        await processor.enqueue('event', { timeoutMs: 20 })
        response.writeHead(202).end()
      } catch (error) {
        if (!sendRefusal(response, error)) response.writeHead(500).end()
      }
    }
    const port = await listen(createServer(handle))
    const statuses = [await get(port), await get(port), await get(port, '/bug')]
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([202, 503, 500])
    expect(await statuses[1]!.body.json()).toMatchObject({ code: 'ERR_WAIT_TIMEOUT', retryable: true })
  })

  it('says nothing when the answer has begun already', async () => {
    const port = await listen(
      createServer((_, response) => {
        response.write('begun')
        expect(sendRefusal(response, new OverloadError('ERR_CLOSED', 'x'))).toBe(true)
        response.end()
      }),
    )
    expect(await (await get(port)).body.text()).toBe('begun')
  })
})
