/**
 * Whether an error says that nobody was there to be asked: no server, or none
 * that keeps a stream for the subject now.
 *
 * Imports nothing of the gateway.
 */
import { errors } from '@nats-io/transport-node'

/** Whether nobody listens to what JetStream listens to. The library exports the name of this error alone. */
export function isNotEnabled(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'JetStreamNotEnabled'
}

/** Whether a request found nobody. */
export function isNoResponders(thrown: unknown): boolean {
  return thrown instanceof errors.RequestError && thrown.isNoResponders()
}

/** Whether nobody was there. */
export function isAway(thrown: unknown): boolean {
  return (
    isNotEnabled(thrown) ||
    isNoResponders(thrown) ||
    thrown instanceof errors.ConnectionError ||
    thrown instanceof errors.ClosedConnectionError ||
    thrown instanceof errors.DrainingConnectionError
  )
}
