/**
 * One request and its answer, and what becomes of the connection when the
 * answer comes before the body was read.
 *
 * A small body is then read and thrown away, and the connection goes on: that
 * is cheaper for both sides than a new one. With a large one, or one of
 * unknown length, the answer says `Connection: close`; since a socket closed
 * with unread bytes is reset, which can destroy the answer on its way, the
 * rest is thrown away for a moment until the client has noticed. A client that
 * asked with `Expect: 100-continue` has sent no body: it is closed at once.
 *
 * Imports `admission`, `answer`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestRefusal } from '../admission/refusal.ts'
import type { Answer } from './answer.ts'

/** The largest announced body that is read only to keep its connection. */
export const DRAINED_BYTES: number = 64 * 2 ** 10
/** How long that may take: then the connection is closed after all. */
const DRAIN_MS = 10_000
/** How much more of a larger body is thrown away before its connection is closed. */
const LINGER_BYTES = 2 ** 20
/** How long that may take. */
const LINGER_MS = 500

/** What ends a request from outside. */
export interface Interruption {
  readonly refusal: RequestRefusal
  /** Whether what has arrived already is still taken. */
  readonly readsOn: boolean
}

/** A request with its response. Answered once. */
export class Exchange {
  readonly request: IncomingMessage
  readonly #response: ServerResponse
  /** Whether the client waits for leave to send its body. */
  #holdsBodyBack: boolean
  #isAnswered = false
  #isLast = false
  #isClosed = false
  readonly #onClosed: (() => void)[] = []
  #onInterruption: ((interruption: Interruption) => void) | undefined

  /** @param holdsBodyBack - whether the client sent `Expect: 100-continue` and no body */
  constructor(request: IncomingMessage, response: ServerResponse, holdsBodyBack: boolean) {
    this.request = request
    this.#response = response
    this.#holdsBodyBack = holdsBodyBack
    response.once('close', () => this.closed())
  }

  /** Whether the answer was given. */
  get isAnswered(): boolean {
    return this.#isAnswered
  }

  /** Whether its answer is the last one on its connection. */
  get isLast(): boolean {
    return this.#isLast
  }

  /** Its answer, whenever it is given, will be the last one on its connection. */
  makeLast(): void {
    this.#isLast = true
  }

  /** Lets the client send its body, if it asked. */
  askForBody(): void {
    if (!this.#holdsBodyBack) return
    this.#holdsBodyBack = false
    this.#response.writeContinue()
  }

  /** Calls `listener` once if the connection closes before there is an answer; at once if it is closed. */
  onGone(listener: () => void): void {
    this.onEnd(() => {
      if (!this.#isAnswered) listener()
    })
  }

  /** Calls `listener` once when the answer is out, or the connection closed; at once if that has been. */
  onEnd(listener: () => void): void {
    if (this.#isClosed) listener()
    else this.#onClosed.push(listener)
  }

  /** The connection has closed. A response in line behind another one does not hear of that by itself. */
  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const listener of this.#onClosed) listener()
  }

  /**
   * This request answers interruptions by itself, and has an answer to give even when the client has ended its side of the
   * connection.
   */
  onInterruption(listener: (interruption: Interruption) => void): void {
    this.#onInterruption = listener
  }

  /** Interrupts a request that has no answer yet; tells whether it answers to that. */
  interrupt(interruption: Interruption): boolean {
    if (this.#isAnswered || !this.#onInterruption) return false
    this.#onInterruption(interruption)
    return true
  }

  /** Whether the client can end its side of the connection, and still get the answer. */
  get outlastsClient(): boolean {
    return this.#onInterruption !== undefined && !this.#isAnswered
  }

  /** Sends the answer. */
  answer(answer: Answer): void {
    if (this.#isAnswered) throw new Error('a request is answered once')
    this.#isAnswered = true
    const closes = this.#isLast
    const isRead = this.request.complete || this.request.socket.readableEnded
    if (isRead || this.#holdsBodyBack) this.#end(answer, closes || !this.request.complete)
    else if (this.#isSmall() && !closes) this.#endAndDrain(answer)
    else this.#endLingering(answer)
  }

  #isSmall(): boolean {
    const { headers } = this.request
    return (
      headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= DRAINED_BYTES
    )
  }

  #end(answer: Answer, closes: boolean): void {
    this.#writeHead(answer, closes)
    this.#response.end(answer.body)
  }

  #endAndDrain(answer: Answer): void {
    const { request } = this
    this.#end(answer, false)
    request.resume()
    // Most often the body has come with the headers, and is read once they are dealt with.
    queueMicrotask(() => {
      if (request.complete) return
      const timer = setTimeout(() => request.socket.destroy(), DRAIN_MS)
      request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
    })
  }

  /** The whole answer goes out now; it is ended, and so the connection, when the client stops sending or a bound is met. */
  #endLingering(answer: Answer): void {
    const { request } = this
    this.#writeHead(answer, true)
    this.#response.write(answer.body)
    let bytes = 0
    const finish = (): void => {
      clearTimeout(timer)
      request.off('data', count).off('end', finish).off('close', finish)
      this.#response.end()
    }
    const count = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > LINGER_BYTES) finish()
    }
    const timer = setTimeout(finish, LINGER_MS)
    request.on('data', count).on('end', finish).on('close', finish)
    request.resume()
  }

  #writeHead(answer: Answer, closes: boolean): void {
    this.#isLast = closes
    if (closes) this.#response.setHeader('Connection', 'close')
    this.#response.writeHead(answer.status, answer.headers)
  }
}
