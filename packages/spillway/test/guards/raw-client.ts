/**
 * A client that speaks HTTP/1.1 by hand: what a library would never send.
 */
import { connect, type Socket } from 'node:net'

/** A connection whose every byte the test decides. */
export class RawClient {
  readonly socket: Socket
  #received = ''
  #closed = false
  #watchers: (() => void)[] = []

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk: string) => {
      this.#received += chunk
      this.#wake()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  get received(): string {
    return this.#received
  }

  get closed(): boolean {
    return this.#closed
  }

  send(text: string): void {
    this.socket.write(text)
  }

  /** Resolves when `condition` holds of what was received, or the connection is closed. */
  async until(condition: (received: string) => boolean): Promise<string> {
    while (!condition(this.#received) && !this.#closed) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
    return this.#received
  }

  /** Resolves with everything received once the server has closed the connection. */
  async end(): Promise<string> {
    return this.until(() => false)
  }

  destroy(): void {
    this.socket.destroy()
  }

  #wake(): void {
    for (const watcher of this.#watchers.splice(0)) watcher()
  }
}

/** How many status lines `received` holds. */
export function answers(received: string): number {
  return received.match(/HTTP\/1\.1 (?!100)\d/g)?.length ?? 0
}
