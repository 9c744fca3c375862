/**
 * Why a client has no connection. Clients tell it as an event, and reject
 * commands with "offline" only; whoever mends it needs the reason.
 */

/** The part of a client that tells events, where it has one. */
export interface EventSource {
  on?(event: string, listener: (fault?: unknown) => void): unknown
}

const IS_OFFLINE = /isn't writeable|offline|closed|no answer within/i

/** Remembers the latest fault of the connection until it is ready again, and tells it for a rejection that says less. */
export function connectionFaults(client: EventSource): (fault: unknown) => unknown {
  let latest: unknown
  client.on?.('error', (fault) => {
    latest = fault
  })
  client.on?.('ready', () => {
    latest = undefined
  })
  return (fault) => {
    const message = fault instanceof Error ? `${fault.name} ${fault.message}` : ''
    return latest !== undefined && IS_OFFLINE.test(message) ? latest : fault
  }
}
