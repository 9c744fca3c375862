/**
 * Answers what is no HTTP request, or stopped arriving before it was one.
 *
 * node:http reports these by socket, without a response to write to.
 *
 * Imports `answer`.
 */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RequestRefusal } from '../admission/refusal.ts'
import { refusalAnswer } from './answer.ts'

/** Answers with a problem document if the socket still takes one, and closes the connection. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, headers, body } = refusalAnswer(refusalFor(error.code))
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

function refusalFor(code: string | undefined): RequestRefusal {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'ERR_REQUEST_TIMEOUT', detail: 'the request did not arrive in time; send it again' }
    case 'HPE_HEADER_OVERFLOW':
      return {
        code: 'ERR_HEADERS_TOO_LARGE',
        detail: 'the headers are larger than 16 KiB; send fewer or shorter ones',
      }
    default:
      return {
        code: 'ERR_MALFORMED_REQUEST',
        detail: `this is no HTTP/1.1 request (${code ?? 'unknown fault'})`,
      }
  }
}
