/**
 * A client of a feed, by hand: chunks when it likes, and an end when it likes.
 */
import { RawClient } from '../raw-client.ts'

/** An answer. */
export interface FeedAnswer {
  readonly status: number
  readonly json: unknown
}

/** A connection with a feed on it. */
export class FeedClient extends RawClient {
  constructor(port: number, stream: string, headers: Readonly<Record<string, string>> = {}) {
    super(port)
    const all = {
      host: 'x',
      'content-type': 'application/x-ndjson',
      'transfer-encoding': 'chunked',
      ...headers,
    }
    const fields = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    this.socket.write(`POST /v1/streams/${stream}/feed HTTP/1.1\r\n${fields.join('')}\r\n`)
  }

  /** Sends a chunk; whether there is room for more in the socket's buffer. */
  write(body: string | Buffer): boolean {
    const length = Buffer.byteLength(body)
    if (length === 0) return true
    this.socket.write(`${length.toString(16)}\r\n`)
    this.socket.write(body)
    return this.socket.write('\r\n')
  }

  /** Sends the end of the feed. */
  end(): void {
    this.socket.write('0\r\n\r\n')
  }

  /** Resets the connection, and tells of no end. */
  cut(): void {
    // `resetAndDestroy` ends its side first, which the server may hear of before the reset. Not declared in Node's types.
    const handle = Reflect.get(this.socket, '_handle') as { reset(onClosed: () => void): void }
    handle.reset(() => {})
    this.socket.destroy()
  }

  /** Resolves with the answer, read to its end. */
  async answer(): Promise<FeedAnswer> {
    for (;;) {
      const [, status, length, body = ''] =
        /^HTTP\/1.1 (\d{3}) .*?\r\nContent-Length: (\d+)\r\n.*?\r\n\r\n(.*)$/s.exec(this.received) ?? []
      if (status !== undefined && Buffer.byteLength(body, 'latin1') >= Number(length)) {
        return { status: Number(status), json: JSON.parse(body) }
      }
      if (this.socket.closed) throw new Error(`closed without an answer: ${this.received}`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
}
