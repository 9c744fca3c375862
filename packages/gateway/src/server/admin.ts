/**
 * The admin listener: health, metrics, the state of every stream, and what an
 * operator can do about it. On loopback, or behind a token.
 *
 * Fastify does the boring part; nothing here is on the way of an event.
 *
 * Imports `observe`, `delivery`.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import type { EventStream } from '../delivery/event-stream.ts'
import type { Metrics } from '../observe/metrics.ts'
import { AdminGuard, type GuardSettings } from './admin-guard.ts'
import { refuse } from './admin-problem.ts'
import { addChangeRoutes, type ChangeOptions } from './change-routes.ts'
import { addDashboard, type DashboardFile } from './dashboard-files.ts'
import { addDeadLetterRoutes } from './dead-letter-routes.ts'
import { OPEN } from './open-route.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { addStateRoutes, type StateOptions } from './state-routes.ts'

/** Probes, a Prometheus and some people: no more than these need. */
const MAX_CONNECTIONS = 256
const REQUEST_TIMEOUT_MS = 30_000
const BODY_LIMIT = 2 ** 20

/** What the admin listener shows, and to whom. */
export interface AdminOptions extends StateOptions, ChangeOptions {
  readonly guard: GuardSettings
  readonly metrics: Metrics
  readonly dashboard: readonly DashboardFile[]
  isReady(): boolean
  /** A fault of the gateway itself. */
  onFault(error: unknown): void
}

/** Builds the listener's routes. */
export function createAdmin(options: AdminOptions): FastifyInstance {
  const admin = Fastify({
    forceCloseConnections: true,
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: BODY_LIMIT,
  })
  admin.server.maxConnections = MAX_CONNECTIONS
  // What a form of another page can send without being asked for leave first.
  admin.removeContentTypeParser('text/plain')
  addGuard(admin, options)
  addHealth(admin, options)
  addStateRoutes(admin, options)
  addChangeRoutes(admin, options)
  addDeadLetterRoutes(admin, options.streams)
  addDashboard(admin, options.dashboard)
  return admin
}

function addGuard(admin: FastifyInstance, { guard: settings, onFault }: AdminOptions): void {
  const guard = new AdminGuard(settings)
  admin.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS)
    const away = guard.check(request.raw, request.routeOptions.config.isOpen === true)
    if (!away) return
    if (away.status === 401) reply.header('www-authenticate', 'Bearer')
    return refuse(reply, away.status, away.detail)
  })
  admin.setNotFoundHandler((request, reply) => {
    return refuse(reply, 404, `nothing is at ${request.method} ${request.url.slice(0, 100)}; see /api/state`)
  })
  admin.setErrorHandler((error, _request, reply) => {
    const { statusCode = 500, message } = error as { statusCode?: number; message?: string } // of Fastify, or thrown
    if (statusCode < 500) return refuse(reply, statusCode, `${message}; send JSON`)
    onFault(error)
    return refuse(reply, 500, 'a fault of the gateway; its log says more')
  })
}

function addHealth(admin: FastifyInstance, { metrics, streams, isReady }: AdminOptions): void {
  admin.get('/livez', OPEN, (_request, reply) => reply.type('text/plain').send('alive\n'))
  admin.get('/readyz', OPEN, (_request, reply) => {
    return reply
      .code(isReady() ? 200 : 503)
      .type('text/plain')
      .send(isReady() ? 'ready\n' : notReady(streams))
  })
  admin.get('/metrics', async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.scrape())
  })
}

function notReady(streams: readonly EventStream[]): string {
  const problems = new Set(streams.flatMap((stream) => stream.health().problems))
  return problems.size === 0 ? 'stopping\n' : `${[...problems].join('\n')}\n`
}
