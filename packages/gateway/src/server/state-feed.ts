/**
 * The state of the gateway once a second, as server-sent events.
 *
 * One text is made for all listeners, and only while there is one. Nothing is
 * kept for a slow reader: who has not read the last state when the next one is
 * due is cut off, and comes back by itself. The states are their own heartbeat.
 *
 * Imports nothing of the gateway.
 */
import type { ServerResponse } from 'node:http'

const EVERY_MS = 1000
/** After how long a client that lost the connection comes back. */
const RETRY_MS = 2000

/** Sends a state to those who listen. */
export class StateFeed {
  /** The most that may listen. */
  static readonly maxListeners = 32
  readonly #state: () => unknown
  readonly #listeners = new Set<ServerResponse>()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** @param state - what is sent, as JSON */
  constructor(state: () => unknown) {
    this.#state = state
  }

  /** Whether one more may listen. */
  get hasRoom(): boolean {
    return this.#listeners.size < StateFeed.maxListeners && !this.#isClosed
  }

  /** Sends the state now, and then once a second, until the client leaves or the feed is closed. */
  add(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(`retry: ${RETRY_MS}\n\n${this.#event()}`)
    this.#listeners.add(response)
    response.once('close', () => this.#remove(response))
    this.#timer ??= setInterval(() => this.#send(), EVERY_MS)
  }

  /** Ends every connection. */
  close(): void {
    this.#isClosed = true
    for (const response of this.#listeners) response.end()
  }

  #send(): void {
    const event = this.#event()
    for (const response of this.#listeners) {
      if (response.writableLength > 0) response.destroy()
      else response.write(event)
    }
  }

  #event(): string {
    return `event: state\ndata: ${JSON.stringify(this.#state())}\n\n`
  }

  #remove(response: ServerResponse): void {
    this.#listeners.delete(response)
    if (this.#listeners.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
