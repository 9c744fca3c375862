/**
 * When a response has been sent, or its client has gone.
 *
 * A response of Node hears that its connection has closed when it has its
 * turn on it. Those of pipelined requests, in line behind another one, hear
 * nothing then: what was taken for them would never be given back. They are
 * told here, through one listener for each connection.
 *
 * Floor 6: imports nothing.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The responses that are in line, by connection. */
const lines = new WeakMap<Socket, Set<() => void>>()

/** Whether nobody hears the answer any more. */
export function isClosed(response: ServerResponse): boolean {
  return response.destroyed || (isInLine(response) && response.req.socket.destroyed)
}

/** Calls `onClose` when `response` has been sent, or its client has gone; perhaps again when the other follows. */
export function whenClosed(response: ServerResponse, onClose: () => void): void {
  response.on('close', onClose)
  if (!isInLine(response)) return
  const line = lineOf(response.req.socket)
  line.add(onClose)
  response.on('close', () => line.delete(onClose))
}

/** Responses of HTTP/2 are never in line: each has a stream. */
function isInLine({ socket }: ServerResponse): boolean {
  return socket === null
}

function lineOf(socket: Socket): Set<() => void> {
  const known = lines.get(socket)
  if (known) return known
  const line = new Set<() => void>()
  lines.set(socket, line)
  socket.once('close', () => {
    for (const onClose of line) onClose()
  })
  return line
}
