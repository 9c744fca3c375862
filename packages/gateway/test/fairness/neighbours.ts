/**
 * Tenants that keep to their rates, and what becomes of their requests while somebody else does not.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { Pool } from 'undici'

const FLOOD = fileURLToPath(new URL('./flood.ts', import.meta.url))

/** How often the lateness is looked at. */
const LATENESS_MS = 5

/** What tenants met that kept to their rates. */
export interface Met {
  /** For each request, from the moment it was due to its answer; ascending. */
  readonly tookMs: readonly number[]
  /** How often each code was the answer, where it was no 202. */
  readonly refusals: Readonly<Record<string, number>>
  /** How late this process's own timers were, at the 99th percentile: what the machine adds to everything. */
  readonly lateMs: number
}

/** One answer: `refusal` is the code of one that is no 202. */
interface Answered {
  readonly refusal: string | undefined
  readonly tookMs: number
}

/** Where and what tenants send. */
export interface Neighbourhood {
  readonly pool: Pool
  readonly path: string
  readonly keys: readonly string[]
  /** Of each. */
  readonly perSecond: number
}

/** Lets each tenant send at its rate, in an open loop, for so long. */
export async function sendFor(neighbourhood: Neighbourhood, seconds: number): Promise<Met> {
  const { keys, perSecond } = neighbourhood
  const lateness = monitorEventLoopDelay({ resolution: LATENESS_MS })
  lateness.enable()
  const startMs = performance.now()
  const running: Promise<Answered>[] = []
  const count = Math.round(seconds * perSecond * keys.length)
  while (running.length < count) {
    const dueMs = startMs + (running.length * 1000) / (perSecond * keys.length)
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    running.push(send(neighbourhood, running.length, dueMs))
  }
  const replies = await Promise.all(running)
  lateness.disable()
  const refusals: Record<string, number> = {}
  for (const { refusal } of replies) if (refusal) refusals[refusal] = (refusals[refusal] ?? 0) + 1
  const tookMs = replies.map((reply) => reply.tookMs).toSorted((a, b) => a - b)
  return { tookMs, refusals, lateMs: lateness.percentile(99) / 1e6 - LATENESS_MS }
}

async function send({ pool, path, keys }: Neighbourhood, index: number, dueMs: number): Promise<Answered> {
  const key = keys[index % keys.length]
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const body = JSON.stringify({ index, text: 'x'.repeat(150) })
  const reply = await pool.request({ method: 'POST', path, headers, body })
  const { code } = JSON.parse(await reply.body.text()) as { code?: string }
  return { refusal: code, tookMs: performance.now() - dueMs }
}

/** Somebody who keeps to no rate, in a process of its own. */
export class Flood {
  readonly #child: ChildProcess
  #said = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#said += chunk
    })
  }

  /** Resolves when it can be told where to send. */
  static async start(key: string, perSecond: number): Promise<Flood> {
    const args = ['--import', 'tsx', FLOOD, key, String(perSecond)]
    const flood = new Flood(spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }))
    await flood.#says('ready\n')
    return flood
  }

  /** Sends there from now on, or nowhere; resolves when all that it sent before is answered. */
  async aim(url: string | undefined): Promise<void> {
    this.#said = ''
    this.#child.stdin?.write(`${url ?? ''}\n`)
    await this.#says('sent\n')
  }

  /** Ends it, and tells by URL how many of its requests had which status. */
  async stop(): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
    this.#said = ''
    const closed = once(this.#child, 'close')
    this.#child.stdin?.end()
    await closed
    return JSON.parse(this.#said)
  }

  async #says(line: string): Promise<void> {
    while (!this.#said.includes(line)) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
