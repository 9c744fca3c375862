/**
 * Refusals of the admin listener, as problem documents.
 *
 * Imports nothing of the gateway.
 */
import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'

/** Answers with a refusal: what is wrong, and what to do about it. */
export function refuse(reply: FastifyReply, status: number, detail: string): FastifyReply {
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ type: 'about:blank', title: STATUS_CODES[status], status, detail })
}
