/**
 * A load that comes whether or not the server can bear it: requests start on a
 * schedule that was drawn before, each client goes away after its patience,
 * and latency counts from the moment in which the request should have started.
 *
 * It speaks HTTP by hand, one request at a time on each connection, and has
 * one timer for everything: it must not be late because it is busy itself.
 */
import { connect, type Socket } from 'node:net'
import { isWhole, REQUEST } from './wire.ts'

/** How a load went, after its first second. Plain data: it comes from another process. */
export interface Observed {
  readonly offered: number
  /** Milliseconds until each 2xx answer that came in time. */
  readonly accepted: readonly number[]
  /** Milliseconds until each other answer. */
  readonly refused: readonly number[]
  /** Got no answer within its patience. */
  readonly lost: number
  readonly seconds: number
  /** By how much the generator was late, at the 99th percentile. */
  readonly lagP99Ms: number
}

/** What to offer. */
export interface Load {
  /** When each request starts, in milliseconds from the beginning, ascending. */
  readonly dueMs: readonly number[]
  readonly patienceMs: number
  /** Only requests due from then on count. */
  readonly countFromMs: number
}

/** The moments of a Poisson process, from a source of randomness. */
export function schedule(perSecond: number, seconds: number, random: () => number): number[] {
  const dueMs: number[] = []
  for (let atMs = 0; ; dueMs.push(atMs)) {
    atMs += (-Math.log(1 - random()) * 1000) / perSecond
    if (atMs >= seconds * 1000) return dueMs
  }
}

/** Offers the load, and tells what became of it. */
export async function openLoop(port: number, load: Load): Promise<Observed> {
  const crowd = new Crowd(port, load)
  const startMs = performance.now()
  let next = 0
  await new Promise<void>((resolve) => {
    const tick = (): void => {
      const nowMs = performance.now() - startMs
      for (; next < load.dueMs.length && load.dueMs[next]! <= nowMs; next++)
        crowd.send(load.dueMs[next]!, nowMs)
      crowd.loseImpatient(nowMs)
      if (next === load.dueMs.length && crowd.size === 0) resolve()
      else setTimeout(tick, 1)
    }
    crowd.clock = () => performance.now() - startMs
    tick()
  })
  crowd.close()
  return crowd.observed((load.dueMs.at(-1) ?? 0) - load.countFromMs)
}

/** The clients: those that wait for an answer, and the connections of those that have theirs. */
class Crowd {
  clock: () => number = () => 0
  readonly #port: number
  readonly #load: Load
  readonly #idle: Client[] = []
  /** In the order in which their patience ends. */
  readonly #waiting = new Set<Client>()
  readonly #accepted: number[] = []
  readonly #refused: number[] = []
  readonly #lags: number[] = []
  #lost = 0

  constructor(port: number, load: Load) {
    this.#port = port
    this.#load = load
  }

  get size(): number {
    return this.#waiting.size
  }

  send(dueMs: number, nowMs: number): void {
    if (dueMs >= this.#load.countFromMs) this.#lags.push(nowMs - dueMs)
    const client = this.#idle.pop() ?? new Client(this.#port, (one, status) => this.#answered(one, status))
    this.#waiting.add(client)
    client.ask(dueMs)
  }

  loseImpatient(nowMs: number): void {
    for (const client of this.#waiting) {
      if (client.dueMs + this.#load.patienceMs > nowMs) return
      client.close()
      this.#lose(client)
    }
  }

  close(): void {
    for (const client of this.#idle) client.close()
  }

  observed(countedMs: number): Observed {
    const [accepted, refused, lost] = [this.#accepted, this.#refused, this.#lost]
    const offered = accepted.length + refused.length + lost
    const lagP99Ms = this.#lags.sort((a, b) => a - b)[Math.floor(this.#lags.length * 0.99)] ?? 0
    return { offered, accepted, refused, lost, seconds: countedMs / 1000, lagP99Ms }
  }

  /** A status of 0 stands for a connection that broke. */
  #answered(client: Client, status: number): void {
    if (!this.#waiting.has(client)) return
    if (status === 0) {
      this.#lose(client)
      return
    }
    this.#waiting.delete(client)
    if (client.isOpen) this.#idle.push(client)
    if (client.dueMs < this.#load.countFromMs) return
    const list = status < 300 ? this.#accepted : this.#refused
    list.push(this.clock() - client.dueMs)
  }

  #lose(client: Client): void {
    this.#waiting.delete(client)
    if (client.dueMs >= this.#load.countFromMs) this.#lost++
  }
}

/** One connection, and the request on it. */
class Client {
  dueMs = 0
  readonly #socket: Socket
  #text = ''

  constructor(port: number, onAnswer: (client: Client, status: number) => void) {
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1')
    this.#socket.on('data', (chunk: string) => {
      this.#text += chunk
      const headersEnd = this.#text.indexOf('\r\n\r\n')
      if (headersEnd < 0 || !isWhole(this.#text, headersEnd)) return
      const status = Number(this.#text.slice(9, 12))
      this.#text = ''
      onAnswer(this, status)
    })
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => onAnswer(this, 0))
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.readyState !== 'closed'
  }

  ask(dueMs: number): void {
    this.dueMs = dueMs
    this.#socket.write(REQUEST)
  }

  close(): void {
    this.#socket.destroy()
  }
}
