/**
 * The admin listener: health and metrics. On loopback unless someone decides
 * otherwise.
 *
 * Fastify does the boring part; nothing here is on the way of an event.
 *
 * Imports `observe`, `delivery`.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import type { EventStream } from '../delivery/event-stream.ts'
import type { Metrics } from '../observe/metrics.ts'
import { addDeadLetterRoutes } from './dead-letter-routes.ts'

/** What the admin listener shows. */
export interface AdminOptions {
  readonly metrics: Metrics
  readonly streams: readonly EventStream[]
  isReady(): boolean
}

/** Builds the listener's routes. */
export function createAdmin({ metrics, streams, isReady }: AdminOptions): FastifyInstance {
  const admin = Fastify({ forceCloseConnections: true })
  admin.get('/livez', (_request, reply) => reply.type('text/plain').send('alive\n'))
  admin.get('/readyz', (_request, reply) => {
    return reply
      .code(isReady() ? 200 : 503)
      .type('text/plain')
      .send(isReady() ? 'ready\n' : notReady(streams))
  })
  admin.get('/metrics', async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.scrape())
  })
  addDeadLetterRoutes(admin, streams)
  return admin
}

function notReady(streams: readonly EventStream[]): string {
  const problems = new Set(streams.flatMap((stream) => stream.health().problems))
  return problems.size === 0 ? 'stopping\n' : `${[...problems].join('\n')}\n`
}
