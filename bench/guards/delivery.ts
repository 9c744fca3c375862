/**
 * Hands items to the consumer over one connection; resolves when it has acknowledged.
 */
import { connect, type Socket } from 'node:net'

/** The way to the consumer. Acknowledgements come in the order of the items. */
export class Delivery {
  readonly #socket: Socket
  readonly #waiting: (() => void)[] = []
  #next = 0

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true)
    this.#socket.on('data', (chunk: Buffer) => {
      for (let count = chunk.length; count > 0; count--) this.#acknowledge()
    })
  }

  /** Sends one item. */
  send(item: unknown): Promise<void> {
    this.#socket.write(`${JSON.stringify(item)}\n`)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #acknowledge(): void {
    this.#waiting[this.#next]?.()
    this.#next++
    if (this.#next < 4096) return
    this.#waiting.splice(0, this.#next)
    this.#next = 0
  }
}
