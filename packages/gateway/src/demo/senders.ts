/**
 * The demo's clients: they send when it is time, whatever becomes of it, and
 * take no for an answer.
 *
 * Imports `pacing`, `scenes`.
 */
import { Pool } from 'undici'
import { Pacing } from './pacing.ts'
import { CALM_LOAD, type DemoStream, loadOf, type Scene } from './scenes.ts'

const TICK_MS = 50
/** Requests without an answer, beyond which a client would give up: the demo must not drown itself. */
const MOST_OPEN = 500
const CONNECTIONS = 64

/** Sends events of every stream. */
export class Senders {
  readonly #pool: Pool
  readonly #pacings: ReadonlyMap<DemoStream, Pacing>
  readonly #timer: NodeJS.Timeout
  #open = 0
  #count = 0

  constructor(url: string) {
    this.#pool = new Pool(url, { connections: CONNECTIONS })
    const nowMs = performance.now()
    const streams = Object.keys(CALM_LOAD) as DemoStream[] // its own keys
    this.#pacings = new Map(streams.map((stream) => [stream, new Pacing(CALM_LOAD[stream], nowMs)]))
    this.#timer = setInterval(this.#tick, TICK_MS)
  }

  /** From now on as the scene says. */
  play(scene: Scene): void {
    for (const [stream, pacing] of this.#pacings) pacing.change(loadOf(scene, stream), performance.now())
  }

  /** Sends nothing more, and waits for no answer. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#pool.destroy()
  }

  readonly #tick = (): void => {
    for (const [stream, pacing] of this.#pacings) {
      for (const events of pacing.due(performance.now())) {
        if (this.#open < MOST_OPEN) void this.#send(stream, events)
      }
    }
  }

  async #send(stream: DemoStream, events: number): Promise<void> {
    this.#open++
    const batch = Array.from({ length: events }, () => eventOf(stream, ++this.#count))
    try {
      const answer = await this.#pool.request({
        method: 'POST',
        path: `/v1/streams/${stream}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(events === 1 ? batch[0] : batch),
      })
      await answer.body.dump()
    } catch {
      // The gateway is gone or going: the next scene tells.
    } finally {
      this.#open--
    }
  }
}

function eventOf(stream: DemoStream, n: number): unknown {
  switch (stream) {
    case 'orders':
      return {
        order: `A-${n}`,
        customer: { id: n % 97 },
        lines: [{ sku: `s-${n % 13}`, count: 1 + (n % 4) }],
      }
    case 'clicks':
      return { page: `/p/${n % 31}`, visitor: n % 503 }
    case 'metrics':
      return { name: 'load', host: `h${n % 7}`, value: Math.round(100 * Math.random()) / 100 }
  }
}
