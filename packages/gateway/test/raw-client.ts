/**
 * HTTP by hand, for requests that no client would send.
 */
import { connect, type Socket } from 'node:net'

/** A client that writes bytes as it likes and reads everything. */
export class RawClient {
  readonly socket: Socket
  received = ''
  readonly closed: Promise<void>

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1')
    })
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()))
  }

  send(text: string): void {
    this.socket.write(text, 'latin1')
  }

  /** Resolves when so many answers have begun. */
  async answers(count: number): Promise<readonly string[]> {
    for (;;) {
      const statuses = Array.from(this.received.matchAll(/HTTP\/1.1 (\d{3}) /g), ([, status]) => status!)
      if (statuses.length >= count) return statuses
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
