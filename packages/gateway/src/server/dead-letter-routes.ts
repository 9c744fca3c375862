/**
 * Dead letters on the admin listener: looked at, delivered again, forgotten.
 *
 * Imports `delivery`.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { EventStream } from '../delivery/event-stream.ts'
import type { DeadLetter } from '../store/store.ts'
import { refuse } from './admin-problem.ts'
import { streamOf } from './stream-of.ts'

const PATH = '/api/streams/:stream/dead-letters'
/** Of a payload, so much is shown. */
const SHOWN_BYTES = 16 * 2 ** 10

const page = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

/** Which ones: some, or all, which must be said. */
const which = z.union([
  z.strictObject({ seqs: z.array(z.int().min(1)).min(1).max(10_000) }),
  z.strictObject({ all: z.literal(true) }),
])

/** Adds the routes. */
export function addDeadLetterRoutes(admin: FastifyInstance, streams: readonly EventStream[]): void {
  const find = (params: unknown, reply: FastifyReply) => streamOf(params, streams, reply)
  admin.get(PATH, async (request, reply) => {
    const stream = find(request.params, reply)
    const asked = page.safeParse(request.query)
    if (!stream) return reply
    if (!asked.success) return refuse(reply, 400, 'after is a number, limit one from 1 to 500')
    const letters = await stream.deadLetters.list(asked.data.after, asked.data.limit)
    return { total: stream.counts().deadLettered, deadLetters: letters.map(shown) }
  })
  admin.post(`${PATH}/replay`, async (request, reply) => {
    const stream = find(request.params, reply)
    const asked = which.safeParse(request.body)
    if (!stream) return reply
    if (!asked.success) return refuseChoice(reply)
    return stream.deadLetters.replay(seqsOf(asked.data))
  })
  admin.post(`${PATH}/purge`, async (request, reply) => {
    const stream = find(request.params, reply)
    const asked = which.safeParse(request.body)
    if (!stream) return reply
    if (!asked.success) return refuseChoice(reply)
    return { purged: await stream.deadLetters.purge(seqsOf(asked.data)) }
  })
}

function seqsOf(asked: z.output<typeof which>): readonly number[] | undefined {
  return 'seqs' in asked ? asked.seqs : undefined
}

function shown({ payload, ...letter }: DeadLetter): unknown {
  const { seq, id, receivedAtMs, tenant, contentType, key, traceparent, attributes } = letter
  const { attempts, reason, deadAtMs } = letter
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, SHOWN_BYTES))
  return {
    ...{ seq, id, receivedAtMs, tenant, contentType, key, traceparent, attributes },
    ...{ attempts, reason, deadAtMs, payloadBytes: payload.length, payload: bytes.toString() },
  }
}

function refuseChoice(reply: FastifyReply): FastifyReply {
  return refuse(reply, 400, 'say which, as JSON: {"seqs":[1,2]} or {"all":true}')
}
