/**
 * The demo's consumer: a real HTTP server on a free port of the loopback
 * interface, as slow, as stubborn and as dead as the scene wants it.
 *
 * Imports `scenes`.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DemoStream, Treatment } from './scenes.ts'

/** So many dead letters are enough to look at. */
const MOST_REFUSED = 60
/** Of what the scene says, from a little less to a little more. */
const JITTER = { least: 0.7, span: 0.6 }

/** Takes events. */
export class DemoConsumer {
  readonly #server: Server
  readonly #treatments: Record<DemoStream, Treatment>
  #seen = 0
  #refused = 0

  private constructor(treatments: Readonly<Record<DemoStream, Treatment>>) {
    this.#treatments = { ...treatments }
    this.#server = createServer(this.#onRequest)
  }

  static async open(treatments: Readonly<Record<DemoStream, Treatment>>): Promise<DemoConsumer> {
    const consumer = new DemoConsumer(treatments)
    consumer.#server.listen(0, '127.0.0.1')
    await once(consumer.#server, 'listening')
    return consumer
  }

  get url(): string {
    // It listens on a port, not on a pipe.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on so. */
  treat(stream: DemoStream, treatment: Treatment): void {
    this.#treatments[stream] = treatment
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume()
    const treatment = this.#treatments[request.url?.slice(1) as DemoStream] // or none, for a stranger
    if (!treatment) {
      response.writeHead(404).end()
      return
    }
    const { serviceMs, refusesOneIn } = treatment
    if (serviceMs === 'never') return
    const isRefused = refusesOneIn > 0 && ++this.#seen % refusesOneIn === 0 && this.#refused < MOST_REFUSED
    if (isRefused) this.#refused++
    setTimeout(
      () => {
        if (isRefused) response.writeHead(422).end('this customer is not known yet')
        else response.writeHead(204).end()
      },
      serviceMs * (JITTER.least + JITTER.span * Math.random()),
    )
  }
}
