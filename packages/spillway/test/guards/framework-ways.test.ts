/**
 * What only one framework has: encapsulation, error paths, streaming.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express, { type ErrorRequestHandler } from 'express'
import { type FastifyInstance, fastify } from 'fastify'
import { Hono } from 'hono'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import * as forExpress from '../../src/adapters/express/index.ts'
import * as forFastify from '../../src/adapters/fastify/index.ts'
import * as forHono from '../../src/adapters/hono/index.ts'
import { ConcurrencyLimiter, fixed, OverloadError, RateLimiter } from '../../src/index.ts'
import { get, listen, raw, until } from './rig.ts'

/** Refuses everybody. */
const nobody = () => new RateLimiter({ ratePerSecond: 0, burst: 0 })
const one = () => new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 })

async function listenFastify(app: FastifyInstance): Promise<number> {
  await app.ready()
  return listen(app.server)
}

describe('the guard of Fastify', () => {
  it('guards the instance that registers it, whole: HEAD, OPTIONS and what has no route, and no brother of it', async () => {
    const app = fastify()
    const guarded = forFastify.guard({ gate: nobody() })
    await app.register(
      async (child) => {
        await child.register(guarded)
        child.get('/in', async () => 'in')
        child.options('/in', async () => 'in')
        child.setNotFoundHandler(async (_, reply) => reply.code(404).send('none'))
      },
      { prefix: '/api' },
    )
    app.get('/out', async () => 'out')
    const port = await listenFastify(app)
    const ask = async (method: 'GET' | 'HEAD' | 'OPTIONS', path: string) =>
      (await request(`http://127.0.0.1:${port}${path}`, { method })).statusCode
    const asked = [
      ask('GET', '/api/in'),
      ask('HEAD', '/api/in'),
      ask('OPTIONS', '/api/in'),
      ask('GET', '/api/no'),
    ]
    expect(await Promise.all(asked)).toEqual([413, 413, 413, 413])
    expect(await ask('GET', '/out')).toBe(200)
    expect(guarded.stats()).toMatchObject({ received: 4 })
  })

  it('keeps what earlier hooks have set, whatever becomes of the connection', async () => {
    const app = fastify()
    app.addHook('onRequest', async (_, reply) => {
      reply.header('access-control-allow-origin', '*')
    })
    await app.register(forFastify.guard({ gate: nobody() }))
    app.post('/', async () => 'ok')
    const port = await listenFastify(app)
    for (const body of ['small', 'x'.repeat(100_000)]) {
      const { headers } = await request(`http://127.0.0.1:${port}/`, { method: 'POST', body })
      expect(headers['access-control-allow-origin']).toBe('*')
      expect(headers['content-type']).toBe('application/problem+json')
    }
  })

  it('hands a request that cannot be judged to the error handler', async () => {
    const app = fastify()
    app.setErrorHandler((error, _, reply) => reply.code(500).send({ seen: String(error) }))
    const key = () => {
      throw new Error('no key')
    }
    await app.register(forFastify.guard({ gate: one(), key, onError: () => {} }))
    app.get('/', async () => 'ok')
    const { body } = await get(await listenFastify(app))
    expect(await body.json()).toEqual({ seen: 'Error: no key' })
  })

  it('admits, refuses and gives back within light-my-request, whatever the size of a body', async () => {
    const gate = one()
    const app = fastify()
    await app.register(forFastify.guard({ gate }))
    const held: (() => void)[] = []
    app.post('/', () => new Promise((resolve) => held.push(() => resolve('ok'))))
    const post = (text: string) => app.inject({ method: 'POST', url: '/', payload: { text } })
    const first = post('small')
    await until(() => held.length === 1)
    for (const text of ['small', 'x'.repeat(100_000)]) {
      const refused = await post(text)
      expect(refused.statusCode).toBe(503)
      expect(refused.json()).toMatchObject({ code: 'ERR_CONCURRENCY_LIMITED', started: false })
    }
    held[0]?.()
    expect((await first).statusCode).toBe(200)
    await until(() => gate.inFlight === 0)
    await app.close()
  })

  it('answers within light-my-request, and knows no admission of an unguarded request', async () => {
    const app = fastify()
    app.get('/', async (incoming) => String(forFastify.admissionOf(incoming)))
    expect((await app.inject('/')).body).toBe('undefined')
    await app.close()
  })
})

describe('the guard of Express', () => {
  it('guards what stands behind it, and hands errors to the error handlers', async () => {
    const app = express()
    app.get('/livez', (_, response) => {
      response.send('alive')
    })
    const key = ({ path }: { path: string }) => {
      if (path === '/bad') throw new Error('no key')
      return undefined
    }
    app.use('/api', forExpress.guard({ gate: nobody(), key, onError: () => {} }), (_, response) => {
      response.send('in')
    })
    const last: ErrorRequestHandler = (error, _request, response, _next) => {
      response.status(500).send(`seen ${error.message}`)
    }
    app.use(last)
    const port = await listen(createServer(app))
    expect((await get(port, '/livez')).statusCode).toBe(200)
    expect((await get(port, '/api/x')).statusCode).toBe(413)
    expect(await (await get(port, '/api/bad')).body.text()).toBe('seen no key')
  })

  it('refuses before a body parser has read anything', async () => {
    const app = express()
    const guarded = forExpress.guard({ gate: nobody() })
    app.use(guarded, express.json())
    const port = await listen(createServer(app))
    const client = raw(port)
    client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{')
    await client.until((received) => received.includes('"started":false'))
    expect(client.received).toContain('413')
  })
})

describe('the guard of Hono', () => {
  it('guards the routes behind it, and counts a fault of a handler as one that trains no limit', async () => {
    const gate = one()
    const app = new Hono()
    app.get('/livez', (c) => c.text('alive'))
    app.use('/api/*', forHono.guard({ gate }))
    app.get('/api/fault', () => {
      throw new Error('bug')
    })
    app.onError((error, c) => c.text(error.message, 500))
    const port = await listen(createServer(getRequestListener(app.fetch)))
    expect((await get(port, '/livez')).statusCode).toBe(200)
    expect((await get(port, '/api/fault')).statusCode).toBe(500)
    expect(gate.stats()).toMatchObject({ inFlight: 0, ended: { ignored: 1, success: 0 } })
  })

  it('tells other errors from refusals', () => {
    expect(forHono.refusalResponse(new Error('bug'))).toBeUndefined()
    expect(forHono.refusalResponse(new OverloadError('ERR_CLOSED', 'x'))?.status).toBe(503)
  })

  it('guards a fetch handler that throws, without a server', async () => {
    const guarded = forHono.guardFetch({ gate: one() })
    const handler = guarded(() => {
      throw new Error('bug')
    })
    await expect(handler(new Request('http://x/'))).rejects.toThrow('bug')
    expect(guarded.stats()).toMatchObject({ accepted: 1, inFlight: 0 })
  })
})

describe('the page of guards', () => {
  it('lists the options that guards know, each once', () => {
    const page = readFileSync(new URL('../../../../docs/reference/guards.md', import.meta.url), 'utf8')
    const [, section = ''] = page.split('## Options\n')
    const [options = ''] = section.split('\n## ')
    const listed = [...options.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    const known = optionsInMessage(() => forHono.guardFetch({ gate: one(), odd: 1 } as never))
    // For tests: `random` makes the jitter, `clock` times warnings.
    expect(listed.toSorted()).toEqual(
      known.filter((name) => name !== 'random' && name !== 'clock').toSorted(),
    )
  })
})

/** The options that the message about an unknown one lists. */
function optionsInMessage(make: () => unknown): string[] {
  try {
    make()
  } catch (error) {
    return (/it knows (.+)$/.exec(String(error))?.[1] ?? '').split(', ')
  }
  throw new Error('the unknown option was accepted')
}
