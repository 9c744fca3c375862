/**
 * What the gateway tells about itself: `/api/state`, as JSON and as a stream of
 * events, and `/api/streams/{stream}`.
 *
 * Imports `observe`, `delivery`.
 */
import type { FastifyInstance } from 'fastify'
import type { Snapshot } from '../observe/snapshot.ts'
import { gatewayState, type Identity, streamState } from '../observe/state.ts'
import { refuse } from './admin-problem.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { StateFeed } from './state-feed.ts'
import { streamOf } from './stream-of.ts'

/** What is told. */
export interface StateOptions {
  readonly identity: Identity
  snapshot(): Snapshot
}

/** Adds the routes. */
export function addStateRoutes(admin: FastifyInstance, { identity, snapshot }: StateOptions): void {
  const state = () => gatewayState(snapshot(), identity)
  const feed = new StateFeed(state)
  admin.addHook('preClose', (done) => {
    feed.close()
    done()
  })
  admin.get('/api/state', (request, reply) => {
    if (!wantsEvents(request.headers.accept)) return reply.header('cache-control', 'no-store').send(state())
    if (!feed.hasRoom) {
      return refuse(reply, 503, `${StateFeed.maxListeners} clients listen already; close one, or poll`)
    }
    reply.hijack()
    feed.add(reply.raw, SECURITY_HEADERS)
    return reply
  })
  admin.get('/api/streams/:stream', (request, reply) => {
    const found = streamOf(request.params, snapshot().streams, reply)
    return found ? reply.header('cache-control', 'no-store').send(streamState(found)) : reply
  })
}

function wantsEvents(accept: string | undefined): boolean {
  return accept !== undefined && /(^|[,\s])text\/event-stream\b/i.test(accept)
}
