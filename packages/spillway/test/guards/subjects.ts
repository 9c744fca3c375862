/**
 * The guards under test, one for each framework, behind one door: a test that
 * holds for all of them is written once.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express, { type Request as ExpressRequest } from 'express'
import { type FastifyRequest, fastify } from 'fastify'
import { type Context, Hono } from 'hono'
import * as forExpress from '../../src/adapters/express/index.ts'
import * as forFastify from '../../src/adapters/fastify/index.ts'
import * as forHono from '../../src/adapters/hono/index.ts'
import * as forNode from '../../src/adapters/node/index.ts'

/** What the functions of the options may look at, whatever the framework. */
export interface Facts {
  readonly path: string
  header(name: string): string | undefined
}

/** What a handler gets, whatever the framework. */
export interface Work {
  readonly path: string
  readonly budgetMs: number | undefined
  readonly signal: AbortSignal
  body(): Promise<string>
}

/** Answers with a text and a status of 200, or throws. */
export type Handle = (work: Work) => Promise<string> | string

/** Options of a guard, with functions of `Facts`. */
export type Options = forNode.GuardOptions<Facts>

/** A running server. */
export interface Served {
  readonly port: number
  stats(): forNode.GuardStats
  close(): Promise<void>
}

/** A framework with its guard. */
export interface Subject {
  readonly name: string
  /** Whether the guard decides what becomes of a connection with an unread body; elsewhere the server beneath does. */
  readonly ownsConnection: boolean
  readonly serve: (options: Options, handle: Handle) => Promise<Served>
}

/** Every framework. */
export const SUBJECTS: readonly Subject[] = [
  { name: 'node:http', ownsConnection: true, serve: serveNode },
  { name: 'Express', ownsConnection: true, serve: serveExpress },
  { name: 'Fastify', ownsConnection: true, serve: serveFastify },
  { name: 'Hono', ownsConnection: false, serve: serveHono },
  { name: 'a fetch handler', ownsConnection: false, serve: serveFetch },
]

async function serveNode(options: Options, handle: Handle): Promise<Served> {
  const guarded = forNode.guard(translated(options, nodeFacts))
  const handler = guarded(async (request, response, { budgetMs, signal }) => {
    const work = { path: request.url ?? '', budgetMs, signal, body: () => readAll(request) }
    try {
      response.end(await handle(work))
    } catch (error) {
      if (!forNode.sendRefusal(response, error)) response.writeHead(500).end()
    }
  })
  const server = createServer(handler).on('checkContinue', handler.checkContinue)
  return listening(server, guarded.stats)
}

async function serveExpress(options: Options, handle: Handle): Promise<Served> {
  const guarded = forExpress.guard(translated<ExpressRequest>(options, nodeFacts))
  const app = express()
  app.use(guarded)
  app.use(async (request, response) => {
    const { budgetMs, signal } = response.locals['admission']
    const work = { path: request.url, budgetMs, signal, body: () => readAll(request) }
    try {
      response.end(await handle(work))
    } catch (error) {
      if (!forExpress.sendRefusal(response, error)) throw error
    }
  })
  app.set('env', 'test')
  return listening(createServer(app), guarded.stats)
}

async function serveFastify(options: Options, handle: Handle): Promise<Served> {
  const app = fastify()
  const guarded = forFastify.guard(translated<FastifyRequest>(options, ({ raw }) => nodeFacts(raw)))
  await app.register(guarded)
  app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body))
  app.all('/*', async (request, reply) => {
    const { budgetMs, signal } = forFastify.admissionOf(request) ?? {}
    if (!signal) throw new Error('the guard saw nothing')
    const work = { path: request.url, budgetMs, signal, body: async () => String(request.body) }
    try {
      return await handle(work)
    } catch (error) {
      if (!forFastify.sendRefusal(reply, error)) throw error
      return reply
    }
  })
  await app.ready()
  return listening(app.server, guarded.stats)
}

async function serveHono(options: Options, handle: Handle): Promise<Served> {
  const app = new Hono<{ Variables: { budgetMs: number | undefined } }>()
  const guarded = forHono.guard(translated<Context>(options, ({ req }) => fetchFacts(req.raw)))
  app.use(guarded)
  app.all('*', async (c) => {
    const { signal } = c.req.raw
    const work = { path: c.req.path, budgetMs: c.get('budgetMs'), signal, body: () => c.req.text() }
    return c.text(await handle(work))
  })
  app.onError((error, c) => forHono.refusalResponse(error) ?? c.text('fault', 500))
  return listening(createServer(getRequestListener(app.fetch)), guarded.stats)
}

async function serveFetch(options: Options, handle: Handle): Promise<Served> {
  const guarded = forHono.guardFetch(translated(options, fetchFacts))
  const handler = guarded(async (request, { budgetMs, signal }) => {
    const work = { path: new URL(request.url).pathname, budgetMs, signal, body: () => request.text() }
    try {
      return new Response(await handle(work))
    } catch (error) {
      return forHono.refusalResponse(error) ?? new Response(null, { status: 500 })
    }
  })
  return listening(createServer(getRequestListener(handler)), guarded.stats)
}

/** The same options for a framework whose requests have their facts elsewhere. */
function translated<Q>(options: Options, factsOf: (request: Q) => Facts): forNode.GuardOptions<Q> {
  const { key, cost, criticality, exempt, onError, onRefusal, ...rest } = options
  return {
    ...rest,
    key: key && ((request) => key(factsOf(request))),
    cost: cost && ((request) => cost(factsOf(request))),
    criticality: criticality && ((request) => criticality(factsOf(request))),
    exempt: exempt && ((request) => exempt(factsOf(request))),
    onError: onError && ((error, request) => onError(error, factsOf(request))),
    onRefusal: onRefusal && ((refusal, request) => onRefusal(refusal, factsOf(request))),
  }
}

function nodeFacts({ url, headers }: IncomingMessage): Facts {
  return { path: url ?? '', header: (name) => headers[name]?.toString() }
}

function fetchFacts({ url, headers }: Request): Facts {
  return { path: new URL(url).pathname, header: (name) => headers.get(name) ?? undefined }
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

async function listening(server: Server, stats: Served['stats']): Promise<Served> {
  // Node and Fastify have it already.
  if (server.listenerCount('checkContinue') === 0) forNode.continueWhenRead(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port, stats, close }
}
