/**
 * What an operator changes while the gateway runs: `PATCH
 * /api/streams/{stream}`. It takes effect at once, is logged, and lasts until
 * the next start: the configuration stays as it is.
 *
 * Imports `observe`, `delivery`.
 */
import type { FastifyInstance } from 'fastify'
import type { EventStream } from '../delivery/event-stream.ts'
import { readStreamChange } from '../delivery/stream-change.ts'
import type { Snapshot } from '../observe/snapshot.ts'
import { streamState } from '../observe/state.ts'
import type { ChangeableSettings, StreamChange } from '../protocol/state.ts'
import { refuse } from './admin-problem.ts'
import { streamOf } from './stream-of.ts'

/** Something that an operator changed. */
export interface ChangeNote {
  readonly stream: string
  /** The address that it came from. */
  readonly by: string
  readonly from: StreamChange
  readonly to: StreamChange
}

/** What is changed, and who is told. */
export interface ChangeOptions {
  readonly streams: readonly EventStream[]
  snapshot(): Snapshot
  onChanged(note: ChangeNote): void
}

/** Adds the route. It answers with the stream as it is then. */
export function addChangeRoutes(admin: FastifyInstance, options: ChangeOptions): void {
  const { streams, snapshot, onChanged } = options
  admin.patch('/api/streams/:stream', (request, reply) => {
    const stream = streamOf(request.params, streams, reply)
    if (!stream) return reply
    const read = readStreamChange(request.body, stream.settings)
    if (!read.ok) return refuse(reply, 400, read.faults.join('; '))
    const from = only(stream.changeable(), read.change)
    stream.change(read.change)
    onChanged({ stream: stream.name, by: request.ip, from, to: read.change })
    const changed = snapshot().streams.find(({ name }) => name === stream.name)
    return changed && reply.header('cache-control', 'no-store').send(streamState(changed))
  })
}

/** Of the settings those that a change names. */
function only(settings: ChangeableSettings, change: StreamChange): StreamChange {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key in change))
}
