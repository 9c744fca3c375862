/**
 * Requests that meet two guards, or one guard twice.
 */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import * as forExpress from '../../src/adapters/express/index.ts'
import * as forFastify from '../../src/adapters/fastify/index.ts'
import * as forHono from '../../src/adapters/hono/index.ts'
import * as forNode from '../../src/adapters/node/index.ts'
import { aimd, ConcurrencyLimiter, fixed, OverloadError, RateLimiter } from '../../src/index.ts'
import { get, listen } from './rig.ts'

/** The options of two guards on one way, the outer one first. */
type Pair = readonly [
  Pick<forNode.GuardOptions<never>, 'gate' | 'budget'>,
  Pick<forNode.GuardOptions<never>, 'gate'>,
]

/** Serves what both guards admit: the budget, in words. */
const TWICE_GUARDED: readonly [string, (pair: Pair, isOneGuard?: boolean) => Promise<number>][] = [
  [
    'Express',
    async ([outer, inner], isOneGuard) => {
      const app = express()
      const first = forExpress.guard(outer)
      app.use(first)
      app.use('/', isOneGuard ? first : forExpress.guard(inner), (_, response) => {
        response.end(String(response.locals['admission'].budgetMs))
      })
      return listen(createServer(app))
    },
  ],
  [
    'Fastify',
    async ([outer, inner], isOneGuard) => {
      const app = fastify()
      const first = forFastify.guard(outer)
      await app.register(first)
      await app.register(async (child) => {
        await child.register(isOneGuard ? first : forFastify.guard(inner))
        child.get('/', async (request) => String(forFastify.admissionOf(request)?.budgetMs))
      })
      await app.ready()
      return listen(app.server)
    },
  ],
  [
    'Hono',
    async ([outer, inner], isOneGuard) => {
      const app = new Hono<{ Variables: { budgetMs: number | undefined } }>()
      const first = forHono.guard(outer)
      app.use(first, isOneGuard ? first : forHono.guard(inner))
      app.get('/', (c) => c.text(String(c.get('budgetMs'))))
      return listen(createServer(getRequestListener(app.fetch)))
    },
  ],
]

const places = (limit: number) => ({ gate: new ConcurrencyLimiter({ limit: fixed(limit), maxWaiting: 0 }) })
/** A quota for one. */
const quota = () => ({ gate: new RateLimiter({ ratePerSecond: 0.001, burst: 1 }) })
const learning = () =>
  new ConcurrencyLimiter({ limit: aimd({ initial: 20, min: 1, max: 100 }), maxWaiting: 0 })

describe.each(TWICE_GUARDED)('two guards of %s', (_name, serve) => {
  it('leave the limit of one alone when a client is over the quota of the other', async () => {
    const gate = learning()
    const port = await serve([{ gate }, quota()])
    const statuses = []
    for (let count = 0; count < 4; count++) statuses.push((await get(port)).statusCode)
    expect(statuses).toEqual([200, 429, 429, 429])
    expect(gate.limit).toBeGreaterThanOrEqual(20)
    expect(gate.stats().ended).toMatchObject({ failure: 0, ignored: 3 })
  })

  it('learn from a 503 of the other: that is a sign of overload', async () => {
    const gate = learning()
    const port = await serve([{ gate }, places(1)])
    const closed = new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 })
    closed.tryEnter()
    const full = await serve([{ gate }, { gate: closed }])
    expect((await get(port)).statusCode).toBe(200)
    expect((await get(full)).statusCode).toBe(503)
    expect(gate.stats().ended).toMatchObject({ failure: 1 })
  })

  it('leave the smaller budget to the handler', async () => {
    const port = await serve([{ ...places(5), budget: { maxMs: 500 } }, places(5)])
    expect(await (await get(port)).body.text()).toBe('500')
    expect(await (await get(port, '/', { 'grpc-timeout': '20m' })).body.text()).toBe('20')
  })

  it('take one place for one request where they are the same', async () => {
    const gate = new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 })
    const port = await serve([{ gate }, { gate }], true)
    expect((await get(port)).statusCode).toBe(200)
    expect(gate.stats()).toMatchObject({ received: 1, accepted: 1 })
  })
})

describe('a refusal of a handler', () => {
  it.each([
    ['ERR_RATE_LIMITED', 'ignored'],
    ['ERR_QUEUE_FULL', 'failure'],
  ] as const)('of %s is %s by the limit of its guard, in every framework', async (code, outcome) => {
    const refusal = new OverloadError(code, 'no')
    const ended = []
    for (const make of [nodeRefusing, expressRefusing, fastifyRefusing, honoRefusing]) {
      const gate = learning()
      await get(await make(gate, refusal))
      ended.push(gate.stats().ended)
    }
    for (const one of ended) expect(one).toMatchObject({ success: 0, [outcome]: 1 })
  })

  it('of another server, passed on, is a sign of overload', async () => {
    const gate = learning()
    const guarded = forNode.guard({ gate })
    await get(await listen(createServer(guarded((_, response) => response.writeHead(429).end()))))
    expect(gate.stats().ended).toMatchObject({ failure: 1 })
  })
})

type Refusing = (gate: ConcurrencyLimiter, refusal: OverloadError) => Promise<number>

const nodeRefusing: Refusing = (gate, refusal) =>
  listen(createServer(forNode.guard({ gate })((_, response) => void forNode.sendRefusal(response, refusal))))

const expressRefusing: Refusing = (gate, refusal) => {
  const app = express()
  app.use(forExpress.guard({ gate }), (_, response) => void forExpress.sendRefusal(response, refusal))
  return listen(createServer(app))
}

const fastifyRefusing: Refusing = async (gate, refusal) => {
  const app = fastify()
  await app.register(forFastify.guard({ gate }))
  app.get('/', async (_, reply) => {
    forFastify.sendRefusal(reply, refusal)
    return reply
  })
  await app.ready()
  return listen(app.server)
}

const honoRefusing: Refusing = async (gate, refusal) => {
  const app = new Hono()
  app.use(forHono.guard({ gate }))
  app.get('/', () => {
    throw refusal
  })
  app.onError((error) => forHono.refusalResponse(error) ?? new Response(null, { status: 500 }))
  return listen(createServer(getRequestListener(app.fetch)))
}
