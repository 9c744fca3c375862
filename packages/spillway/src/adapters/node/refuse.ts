/**
 * Sends a refusal while the body of the request is still on its way, and
 * decides what becomes of the connection.
 *
 * A small body is read and thrown away by Node, and the connection lives on:
 * a new one would cost both sides more. A large body, or one of unknown size,
 * is not worth reading: the answer is complete at once, then the connection
 * is closed. It is closed late, after a second or 256 KiB at most: a socket
 * that is closed with unread bytes is reset, and a reset can destroy the
 * answer on its way to the client.
 *
 * Floor 6: imports `http`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { rememberFault } from '../../http/client-fault.ts'
import type { RefusalResponse } from '../../http/refusal-response.ts'
import { endsConnection } from './when-closed.ts'

/** Up to this size an unread body is thrown away and the connection kept. */
export const KEPT_BODY_BYTES: number = 64 * 1024
/** So long, and so many bytes, a refused upload is listened to before its connection is closed. */
const LINGER_MS = 1000
const LINGER_BYTES = 256 * 1024

/** Answers with `response`, on the headers of the request alone. */
export function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  answer: RefusalResponse,
): void {
  const { status, headers, body } = answer
  rememberFault(status, response)
  // A body for HEAD is left out by Node, or an error where the server is set so.
  const isWithBody = request.method !== 'HEAD'
  if (keepsConnection(request)) {
    response.writeHead(status, headers)
    response.end(isWithBody ? body : undefined)
    return
  }
  response.writeHead(status, { ...headers, connection: 'close' })
  if (isWithBody) response.write(body)
  else response.flushHeaders()
  endsConnection(response)
  linger(request, response)
}

/** Whether the unread rest of a request is small enough to be thrown away. */
export function keepsConnection({ headers, complete, httpVersionMajor }: IncomingMessage): boolean {
  // A stream of HTTP/2 is closed on its own, by Node when it was not read.
  if (complete || httpVersionMajor >= 2) return true
  // Without its 100 a client may or may not send its body: the next bytes could be either.
  if (headers.expect !== undefined || headers['transfer-encoding'] !== undefined) return false
  return Number(headers['content-length'] ?? 0) <= KEPT_BODY_BYTES
}

function linger(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0
  const close = (): void => {
    clearTimeout(timer)
    request.off('data', onData)
    response.end()
  }
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes > LINGER_BYTES) close()
  }
  const timer = setTimeout(close, LINGER_MS)
  request.on('data', onData)
  request.once('end', close)
  request.once('error', close)
  response.once('close', () => clearTimeout(timer))
}
