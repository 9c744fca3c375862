/**
 * A load that comes whether or not the server can bear it: requests start on a
 * schedule, each client goes away after its patience, and latency counts from
 * the moment in which the request should have started.
 */
import { Pool } from 'undici'

const EVENT = JSON.stringify({ id: 'a1b2c3', type: 'page', at: 1_700_000 })
const CONNECTIONS = 512

/** How a load went, after its first second. */
export interface Observed {
  readonly offered: number
  /** Milliseconds until each 2xx answer that came in time. */
  readonly accepted: readonly number[]
  /** Milliseconds until each other answer. */
  readonly refused: readonly number[]
  /** Got no answer within its patience. */
  readonly lost: number
  readonly seconds: number
  /** By how much the generator was late, at the 99th percentile. Above 20 ms the run says little. */
  readonly lagP99Ms: number
}

/** Offers `perSecond` requests for `seconds`; only those after the first second count. */
export async function openLoop(
  port: number,
  load: { readonly perSecond: number; readonly seconds: number; readonly patienceMs: number },
): Promise<Observed> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS, pipelining: 1 })
  const record = new Recorder(load.patienceMs)
  const total = load.perSecond * load.seconds
  const startMs = performance.now()
  const running = new Set<Promise<void>>()
  for (let index = 0; index < total; ) {
    const nowMs = performance.now() - startMs
    for (; index < total && (index * 1000) / load.perSecond <= nowMs; index++) {
      const dueMs = startMs + (index * 1000) / load.perSecond
      const request = record.send(pool, dueMs, index >= load.perSecond)
      running.add(request)
      request.finally(() => running.delete(request))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(running)
  await pool.destroy()
  return record.observed(load.seconds - 1)
}

class Recorder {
  readonly #patienceMs: number
  readonly #accepted: number[] = []
  readonly #refused: number[] = []
  readonly #lags: number[] = []
  #lost = 0

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  async send(pool: Pool, dueMs: number, counts: boolean): Promise<void> {
    const patience = new AbortController()
    const lagMs = performance.now() - dueMs
    const timer = setTimeout(() => patience.abort(), Math.max(0, this.#patienceMs - lagMs))
    try {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/json' },
        body: EVENT,
        signal: patience.signal,
      })
      await body.dump()
      if (counts) (statusCode < 300 ? this.#accepted : this.#refused).push(performance.now() - dueMs)
    } catch {
      if (counts) this.#lost++
    }
    clearTimeout(timer)
    if (counts) this.#lags.push(lagMs)
  }

  observed(seconds: number): Observed {
    const offered = this.#accepted.length + this.#refused.length + this.#lost
    const lagP99Ms = this.#lags.sort((a, b) => a - b)[Math.floor(this.#lags.length * 0.99)] ?? 0
    return { offered, accepted: this.#accepted, refused: this.#refused, lost: this.#lost, seconds, lagP99Ms }
  }
}
