/**
 * A consumer that writes down what it is given, and misbehaves when told to.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One delivery as it arrived. */
export interface Arrival {
  readonly payload: string
  readonly headers: IncomingMessage['headers']
  readonly atMs: number
}

/** Answers a delivery. What it answers with 2xx is recorded as delivered. */
export type Behaviour = (response: ServerResponse, arrival: Arrival) => void

/** Answers each delivery with a status. */
export function answers(status: number, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (response) => response.writeHead(status, headers).end()
}

/** An HTTP server as a sink. */
export class RecordingSink {
  /** Everything that arrived, whatever was answered. */
  readonly arrivals: Arrival[] = []
  behaviour: Behaviour = answers(200)
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => void this.#receive(request, response))
  }

  /** Listens on a free port of loopback, or on a given one. */
  static async open(port = 0): Promise<RecordingSink> {
    const server = createServer({ keepAliveTimeout: 60_000 })
    const sink = new RecordingSink(server)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return sink
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  /** The payloads in the order of their arrival. */
  get payloads(): readonly string[] {
    return this.arrivals.map(({ payload }) => payload)
  }

  /** Waits until so many different payloads have arrived. */
  async hasDistinct(count: number): Promise<void> {
    while (new Set(this.payloads).size < count) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // the gateway was killed in the middle of a delivery
    }
    const payload = Buffer.concat(chunks).toString()
    const arrival = { payload, headers: request.headers, atMs: performance.now() }
    this.arrivals.push(arrival)
    this.behaviour(response, arrival)
  }
}
