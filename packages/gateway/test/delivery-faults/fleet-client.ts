/**
 * A client that goes on whatever it is answered, and writes down each refusal
 * and how long it waited for it. It never sends an event again.
 */
import { Pool } from 'undici'
import { RecordingClient, type Sent } from './recording-client.ts'

/** An answer that was no 202. */
export interface RefusalSeen {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly tookMs: number
}

/** Sends single events of one key, one after the other, a little apart. */
export class FleetClient extends RecordingClient {
  readonly refusals: RefusalSeen[] = []
  readonly #url: string
  readonly #path: string
  #ended = false
  #sending: Promise<void> = Promise.resolve()

  constructor(url: string, stream: string, key: string) {
    super(key)
    this.#url = url
    this.#path = `/v1/streams/${stream}`
  }

  override start(): void {
    this.#sending = this.#send()
  }

  override async stop(): Promise<void> {
    this.#ended = true
    await this.#sending
  }

  async #send(): Promise<void> {
    const pool = new Pool(this.#url, { connections: 1 })
    const headers = { 'content-type': 'application/json' }
    while (!this.#ended) {
      const event: Sent = { key: this.key, n: this.sent++ }
      const startMs = performance.now()
      const reply = await pool.request({
        ...{ method: 'POST', path: this.#path, headers },
        body: JSON.stringify(event),
      })
      await reply.body.dump()
      if (reply.statusCode === 202) this.acknowledged.push(event.n)
      else {
        const retryAfter = reply.headers['retry-after']?.toString()
        this.refusals.push({ status: reply.statusCode, retryAfter, tookMs: performance.now() - startMs })
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await pool.destroy()
  }
}
