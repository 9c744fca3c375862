/**
 * Which answers of 429 are this server's own: a client is over a quota that it
 * gave. That says nothing about its load, and trains no limit of it; else
 * whoever is over his quota would lower the limit of everybody. A 429 that a
 * handler passes on from elsewhere is a sign of overload like any other.
 *
 * Floor 4: imports `gate`, `http`.
 */
import type { Outcome } from '../gate/gate.ts'
import { outcomeOfStatus } from './status-outcome.ts'

const TOO_MANY_REQUESTS = 429

/** Responses, or their requests where a framework may copy its response. */
const told = new WeakSet<object>()

/** Remembers what is answered with a refusal of `status`, if that is the client's own doing. */
export function rememberFault(status: number, about: object): void {
  if (status === TOO_MANY_REQUESTS) told.add(about)
}

/** The outcome of work that was answered with `status`: `outcomeOfStatus`, but `ignored` for a 429 of our own. */
export function outcomeOfAnswer(status: number, response: object, request: object = response): Outcome {
  if (status === TOO_MANY_REQUESTS && (told.has(response) || told.has(request))) return 'ignored'
  return outcomeOfStatus(status)
}
