/**
 * A load that comes at its times, whatever becomes of it; every latency counts
 * from the moment at which the request was meant to be sent.
 */
import { Pool } from 'undici'

/** What became of one request. */
export interface Answered {
  readonly index: number
  readonly status: number
  readonly code: string | undefined
  readonly retryAfter: string | undefined
  /** Milliseconds from when it was meant to be sent to the end of its answer. */
  readonly tookMs: number
  /** How late it was sent. */
  readonly lagMs: number
}

/** Runs `task` at its time, whatever became of the earlier ones. */
export async function atRate<T>(
  count: number,
  perSecond: number,
  task: (index: number, atMs: number) => Promise<T>,
): Promise<T[]> {
  const startMs = performance.now()
  const running: Promise<T>[] = []
  while (running.length < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - startMs) * perSecond) / 1000))
    while (running.length < due) {
      running.push(task(running.length, startMs + (running.length * 1000) / perSecond))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return Promise.all(running)
}

/** Sends events to one path. */
export class OpenLoop {
  readonly #pool: Pool
  readonly #path: string

  constructor(url: string, path: string) {
    // More than are ever under way: a request does not wait for a connection in the client. None is used that the server
    // is about to close for having been idle.
    this.#pool = new Pool(url, {
      connections: 256,
      pipelining: 1,
      keepAliveTimeout: 1000,
      keepAliveMaxTimeout: 1000,
    })
    this.#path = path
  }

  /** Sends so many events, numbered from `first`. */
  offer(count: number, perSecond: number, first = 0): Promise<readonly Answered[]> {
    return atRate(count, perSecond, (index, atMs) => this.#send(first + index, atMs))
  }

  /** A request that meets no queue: what it takes is what the machine adds to everything else. */
  async control(atMs: number): Promise<number> {
    const reply = await this.#pool.request({ method: 'GET', path: this.#path })
    await reply.body.dump()
    return performance.now() - atMs
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #send(index: number, atMs: number): Promise<Answered> {
    const lagMs = performance.now() - atMs
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ index, text: 'x'.repeat(150) })
    const reply = await this.#pool.request({ method: 'POST', path: this.#path, headers, body })
    const text = await reply.body.text()
    const tookMs = performance.now() - atMs
    const { code } = text.startsWith('{') ? (JSON.parse(text) as { code?: string }) : {}
    const retryAfter = reply.headers['retry-after'] as string | undefined
    return { index, status: reply.statusCode, code, retryAfter, tookMs, lagMs }
  }
}
