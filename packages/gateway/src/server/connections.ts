/**
 * What becomes of a connection on which something arrives that is no HTTP
 * request, or that stops arriving.
 *
 * node:http reports that by socket, at once, even while earlier requests on
 * the same connection wait for their answers. An answer written then would be
 * read as the answer to one of those. So: they are answered first; a request
 * that broke off in its body is refused as itself; only what never became a
 * request is answered here.
 *
 * Imports `answer`, `exchange`.
 */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RequestRefusal } from '../admission/refusal.ts'
import { refusalAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** The client closed in the middle of a request: it has left, there is nobody to answer. */
const BROKEN_OFF = 'HPE_INVALID_EOF_STATE'

/** A request that has no answer yet, and how it is refused. */
interface Unanswered {
  readonly exchange: Exchange
  refuse(refusal: RequestRefusal): void
}

/** The connections of a listener, as long as something is to be answered on them. */
export class Connections {
  readonly #unanswered = new WeakMap<Duplex, Set<Unanswered>>()
  readonly #broken = new WeakSet<Duplex>()
  readonly #latest = new WeakMap<Duplex, Exchange>()

  /**
   * Whether the last answer on this connection has been given. Node goes on to read what was sent behind its request, but
   * nobody would be told what became of that; and it may be no request, but what another server took for a body.
   */
  isOver(socket: Duplex): boolean {
    return this.#latest.get(socket)?.isLast === true
  }

  /** Whether the client has sent this request before it had its earlier answers. */
  isPipelined(exchange: Exchange): boolean {
    return (this.#unanswered.get(exchange.request.socket)?.size ?? 0) > 1
  }

  /** A request came in. */
  add(exchange: Exchange, refuse: (refusal: RequestRefusal) => void): void {
    const { socket } = exchange.request
    this.#latest.set(socket, exchange)
    const onSocket = this.#unanswered.get(socket) ?? this.#watch(socket)
    const one = { exchange, refuse }
    onSocket.add(one)
    exchange.onEnd(() => onSocket.delete(one))
  }

  #watch(socket: Duplex): Set<Unanswered> {
    const onSocket = new Set<Unanswered>()
    this.#unanswered.set(socket, onSocket)
    socket.once('close', () => {
      for (const { exchange } of onSocket) exchange.closed()
    })
    return onSocket
  }

  /** The client has ended its side: it has left, unless there is a request that was meant to go on. */
  ended(socket: Duplex): void {
    if (this.#broken.has(socket)) return
    const unanswered = [...(this.#unanswered.get(socket) ?? [])]
    if (!unanswered.some(({ exchange }) => exchange.outlastsClient)) socket.end()
  }

  /** Something else came in, or nothing for too long. Whatever follows on this connection is not looked at. */
  broke(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    if (this.#broken.has(socket)) return
    this.#broken.add(socket)
    const refusal = refusalFor(error.code)
    const last = [...(this.#unanswered.get(socket) ?? [])].at(-1)
    if (last && (last.exchange.request.complete || last.exchange.isAnswered)) {
      last.exchange.onEnd(() => answerSocket(socket, refusal))
    } else if (last?.exchange.interrupt({ refusal, readsOn: true })) {
      // It will have its answer when what has arrived is taken.
    } else if (error.code === BROKEN_OFF) {
      socket.destroy()
    } else if (last) {
      last.refuse(refusal)
    } else {
      answerSocket(socket, refusal)
    }
  }
}

function answerSocket(socket: Duplex, refusal: RequestRefusal): void {
  if (!socket.writable) return
  const { status, headers, body } = refusalAnswer(refusal)
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

function refusalFor(code: string | undefined): RequestRefusal {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'ERR_REQUEST_TIMEOUT', detail: 'the request did not arrive in time; send it again' }
    case BROKEN_OFF:
      return {
        code: 'ERR_MALFORMED_REQUEST',
        detail: 'the connection was ended in the middle of the request',
      }
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
