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

/** Connections whose last answer is on its way. */
const ending = new WeakSet<Socket>()

/** Whether nobody hears the answer any more. */
export function isClosed(response: ServerResponse): boolean {
  if (response.destroyed) return true
  const { socket } = response
  // A response of HTTP/2 loses its socket with its stream; one in line has none yet.
  return socket === undefined || (socket === null && response.req.socket.destroyed)
}

/** Its answer is the last one on its connection. */
export function endsConnection({ req }: ServerResponse): void {
  ending.add(req.socket)
}

/** Whether the request came behind the last one that is answered on its connection: Node reads it, and nobody hears. */
export function comesBehindLast(response: ServerResponse): boolean {
  return isInLine(response) && ending.has(response.req.socket)
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
