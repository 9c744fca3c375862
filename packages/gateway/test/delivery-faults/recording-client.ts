/**
 * A client that writes down each 202: one key after the other in order, never
 * sending an event again.
 */
import { Pool } from 'undici'

/** One event: the n-th of its key. */
export interface Sent {
  readonly key: string
  readonly n: number
}

/** Sends events of one key, one request at a time. */
export class RecordingClient {
  readonly key: string
  /** What was sent, whatever came back. */
  sent = 0
  /** The numbers that were acknowledged. */
  readonly acknowledged: number[] = []
  #isStopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(key: string) {
    this.key = key
  }

  /** Sends batches of 1 to `maxBatch` until `stop`, or until the gateway is gone. */
  start(url: string, stream: string, maxBatch = 3): void {
    this.#isStopped = false
    this.#running = this.#send(new Pool(url, { connections: 1 }), `/v1/streams/${stream}`, maxBatch)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  async #send(pool: Pool, path: string, maxBatch: number): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    while (!this.#isStopped) {
      const numbers = Array.from({ length: 1 + (this.sent % maxBatch) }, () => this.sent++)
      const body = JSON.stringify(numbers.map((n): Sent => ({ key: this.key, n })))
      try {
        const { statusCode, body: answer } = await pool.request({ method: 'POST', path, headers, body })
        await answer.dump()
        if (statusCode === 202) this.acknowledged.push(...numbers)
      } catch {
        // Killed: what became of these is not known.
        break
      }
    }
    await pool.destroy()
  }
}

/** What a sink saw of what clients sent. All four are empty when every promise was kept. */
export interface Reckoning {
  readonly lost: readonly string[]
  readonly invented: readonly string[]
  readonly outOfOrder: readonly string[]
}

/** Compares the payloads a sink was given, in their order, with what the clients sent and were promised. */
export function reckon(clients: readonly RecordingClient[], payloads: readonly string[]): Reckoning {
  const seen = new Map<string, Set<number>>(clients.map(({ key }) => [key, new Set<number>()]))
  const highest = new Map<string, number>()
  const invented: string[] = []
  const outOfOrder: string[] = []
  for (const payload of payloads) {
    const { key, n } = JSON.parse(payload) as Sent // every client sends these
    const numbers = seen.get(key)
    const client = clients.find((each) => each.key === key)
    if (!numbers || !client || n >= client.sent) invented.push(payload)
    else if (!numbers.has(n)) {
      if (n < (highest.get(key) ?? -1)) outOfOrder.push(payload)
      highest.set(key, n)
      numbers.add(n)
    }
  }
  const lost = clients.flatMap(({ key, acknowledged }) =>
    acknowledged.filter((n) => !seen.get(key)?.has(n)).map((n) => `${key}:${n}`),
  )
  return { lost, invented, outOfOrder }
}
