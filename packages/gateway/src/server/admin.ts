/**
 * The admin listener: health and metrics. On loopback unless someone decides
 * otherwise.
 *
 * Fastify does the boring part; nothing here is on the way of an event.
 *
 * Imports `observe`.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import type { Metrics } from '../observe/metrics.ts'

/** What the admin listener shows. */
export interface AdminOptions {
  readonly metrics: Metrics
  isReady(): boolean
}

/** Builds the listener's routes. */
export function createAdmin({ metrics, isReady }: AdminOptions): FastifyInstance {
  const admin = Fastify({ forceCloseConnections: true })
  admin.get('/livez', (_request, reply) => reply.type('text/plain').send('alive\n'))
  admin.get('/readyz', (_request, reply) => {
    return reply
      .code(isReady() ? 200 : 503)
      .type('text/plain')
      .send(isReady() ? 'ready\n' : 'stopping\n')
  })
  admin.get('/metrics', async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.scrape())
  })
  return admin
}
