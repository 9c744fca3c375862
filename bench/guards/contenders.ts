/**
 * The servers that are compared: three frameworks, each bare and behind the
 * guards that people use for it.
 *
 * The compared packages are loaded by computed names, because the root's type
 * check runs without them; each contender loads its own alone.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import express, { type RequestHandler } from 'express'
import { type FastifyInstance, type FastifyPluginCallback, fastify } from 'fastify'
import { ConcurrencyLimiter, fixed, RateLimiter } from 'spillway'
import { guard as guardExpress } from 'spillway/express'
import { guard as guardFastify } from 'spillway/fastify'
import { guard as guardNode } from 'spillway/node'

/** Takes an event; resolves when it may be answered with 202. */
export type Take = (event: unknown) => Promise<unknown> | undefined

/** What a server is for. `admit`: nothing is refused; `refuse`: everything is; `capped`: for the overload. */
export type Mode = 'admit' | 'refuse' | 'capped'

/** What the consumer does a second, and what may be in flight to it, under overload. */
export const CAPACITY_PER_SECOND = 250
const IN_FLIGHT = 8
const WAITING = 64
/** How long a guarded request may wait for its turn. */
export const DEADLINE_MS = 100

type Make = (mode: Mode, take: Take) => Promise<Server> | Server

/** Every server, by its name. */
export const CONTENDERS: Readonly<Record<string, Make>> = {
  'node:http': (_, take) => createServer((request, response) => answer(request, response, take)),
  'node:http + spillway': (mode, take) =>
    createServer(
      guardNode({ gate: gateFor(mode), timeoutMs: mode === 'capped' ? DEADLINE_MS : 0 })(
        (request, response) => answer(request, response, take),
      ),
    ),
  'node:http + spillway, may wait': (mode, take) =>
    createServer(
      guardNode({ gate: gateFor(mode, WAITING), timeoutMs: DEADLINE_MS })((request, response) =>
        answer(request, response, take),
      ),
    ),
  'node:http + overload-protection': overloadProtection,
  Fastify: (_, take) => fastifyWith(take, async () => {}),
  'Fastify + spillway': (mode, take) =>
    fastifyWith(take, async (app) => {
      await app.register(
        guardFastify({ gate: gateFor(mode), timeoutMs: mode === 'capped' ? DEADLINE_MS : 0 }),
      )
    }),
  'Fastify + under-pressure': (mode, take) =>
    fastifyWith(take, async (app) => {
      const limits = { maxEventLoopDelay: 1000, ...(mode === 'refuse' ? { maxHeapUsedBytes: 1 } : {}) }
      await app.register(await plugin('@fastify/under-pressure'), limits)
    }),
  'Fastify + rate-limit': (mode, take) =>
    fastifyWith(take, async (app) => {
      const limits = { max: perSecond(mode), timeWindow: 1000 }
      await app.register(await plugin('@fastify/rate-limit'), limits)
    }),
  Express: (_, take) => expressWith(take),
  'Express + spillway': (mode, take) =>
    expressWith(take, guardExpress({ gate: gateFor(mode), timeoutMs: mode === 'capped' ? DEADLINE_MS : 0 })),
  'Express + express-rate-limit': async (mode, take) => {
    const { rateLimit } = (await load('express-rate-limit')) as { rateLimit(options: object): RequestHandler }
    return expressWith(take, rateLimit({ limit: perSecond(mode), windowMs: 1000, standardHeaders: true }))
  },
}

/** Where nobody may wait for a fixed limit, nothing depends on time, and the gate reads no clock. */
function gateFor(mode: Mode, maxWaiting = 0) {
  if (mode === 'refuse') return new RateLimiter({ ratePerSecond: 1e-6, burst: 1 })
  if (mode === 'admit') return new ConcurrencyLimiter({ limit: fixed(10_000), maxWaiting })
  return new ConcurrencyLimiter({ limit: fixed(IN_FLIGHT), maxWaiting: WAITING })
}

/** What a rate limit is set to: in the overload, to what the consumer is known to do. */
function perSecond(mode: Mode): number {
  if (mode === 'refuse') return 1
  return mode === 'admit' ? 1e9 : CAPACITY_PER_SECOND
}

const ACCEPTED = '{"accepted":1}'
const HEADERS = { 'content-type': 'application/json', 'content-length': ACCEPTED.length }

function answer(request: IncomingMessage, response: ServerResponse, take: Take): void {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    const accept = (): void => {
      response.writeHead(202, HEADERS)
      response.end(ACCEPTED)
    }
    const taken = take(JSON.parse(body))
    if (taken) taken.then(accept, () => response.writeHead(500).end())
    else accept()
  })
}

async function overloadProtection(mode: Mode, take: Take): Promise<Server> {
  const { default: make } = (await load('overload-protection')) as {
    default(
      framework: string,
      options?: object,
    ): (request: IncomingMessage, response: ServerResponse) => boolean
  }
  const limits = mode === 'refuse' ? { maxHeapUsedBytes: 1 } : { maxEventLoopDelay: 1000 }
  const isRefused = make('http', { production: true, ...limits })
  return createServer((request, response) => {
    if (isRefused(request, response) !== true) answer(request, response, take)
  })
}

async function fastifyWith(take: Take, prepare: (app: FastifyInstance) => Promise<void>): Promise<Server> {
  const app = fastify()
  await prepare(app)
  app.post('/', async (request, reply) => {
    await take(request.body)
    return reply.code(202).send({ accepted: 1 })
  })
  await app.ready()
  return app.server
}

function expressWith(take: Take, ...guards: readonly RequestHandler[]): Server {
  const app = express()
  app.set('etag', false)
  if (guards.length > 0) app.use(...guards)
  app.post('/', express.json(), async (request, response) => {
    await take(request.body)
    response.status(202).json({ accepted: 1 })
  })
  return createServer(app)
}

async function plugin(name: string): Promise<FastifyPluginCallback<object>> {
  return ((await load(name)) as { default: FastifyPluginCallback<object> }).default
}

function load(name: string): Promise<unknown> {
  return import(name)
}
