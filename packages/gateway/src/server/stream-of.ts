/**
 * Finds the stream that a path of the admin listener names, or refuses.
 *
 * Imports `config`.
 */
import type { FastifyReply } from 'fastify'
import { nearestWord } from '../config/nearest-word.ts'
import { refuse } from './admin-problem.ts'

const MAX_SHOWN = 64

/** The stream that `:stream` names; when there is none, `reply` says so and `undefined` is returned. */
export function streamOf<S extends { readonly name: string }>(
  params: unknown,
  streams: readonly S[],
  reply: FastifyReply,
): S | undefined {
  const { stream } = params as { stream: string } // of the route's path
  const found = streams.find(({ name }) => name === stream)
  if (found) return found
  const names = streams.map(({ name }) => name)
  const nearest = nearestWord(stream, names)
  const hint = nearest === undefined ? `there are: ${names.join(', ')}` : `did you mean "${nearest}"?`
  refuse(reply, 404, `no stream is called ${JSON.stringify(stream.slice(0, MAX_SHOWN))}; ${hint}`)
  return undefined
}
