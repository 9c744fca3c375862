/**
 * A client whose batches hold one event of each of its keys, so that they fall
 * into several partitions.
 */
import { Pool } from 'undici'
import { RecordingClient, type Sent } from './recording-client.ts'

/** Sends one batch after the other, and never one again. */
export class MixedClient {
  /** What was sent and acknowledged, for each key. */
  readonly clients: readonly RecordingClient[]
  #isStopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(keys: readonly string[]) {
    this.clients = keys.map((key) => new RecordingClient(key))
  }

  /** Sends until `stop`, or until the gateway is gone. */
  start(url: string, stream: string): void {
    this.#isStopped = false
    this.#running = this.#send(new Pool(url, { connections: 1 }), `/v1/streams/${stream}`)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  /** The numbers of batches of which a sink has seen some events and not the others. */
  torn(payloads: readonly string[]): readonly number[] {
    const seen = new Map<number, Set<string>>()
    const ours = new Set(this.clients.map(({ key }) => key))
    for (const payload of payloads) {
      const { key, n } = JSON.parse(payload) as Sent // every client sends these
      if (ours.has(key)) seen.set(n, (seen.get(n) ?? new Set()).add(key))
    }
    return [...seen].filter(([, keys]) => keys.size !== ours.size).map(([n]) => n)
  }

  async #send(pool: Pool, path: string): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    while (!this.#isStopped) {
      const events = this.clients.map((client): Sent => ({ key: client.key, n: client.sent++ }))
      const request = pool.request({ method: 'POST', path, headers, body: JSON.stringify(events) })
      const answer = await request.catch(() => undefined)
      // Killed: what became of these is not known.
      if (!answer) break
      await answer.body.dump()
      if (answer.statusCode !== 202) continue
      for (const [i, client] of this.clients.entries()) client.acknowledged.push(events[i]!.n)
    }
    await pool.destroy()
  }
}
