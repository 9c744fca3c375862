/**
 * A consumer of webhooks that remembers what it was sent.
 */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One delivery. */
export interface Delivered {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Answers 204 to everything. */
export class Receiver {
  readonly delivered: Delivered[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<Receiver> {
    const server = createServer()
    const receiver = new Receiver(server)
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      receiver.delivered.push({ headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(204).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return receiver
  }

  get url(): string {
    // The server listens on a port: its address is no pipe's name.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`
  }

  /** Resolves with the delivery at `index`, once it is there. */
  async at(index: number): Promise<Delivered> {
    for (;;) {
      const found = this.delivered[index]
      if (found) return found
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
