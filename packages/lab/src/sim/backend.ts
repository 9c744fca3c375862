/**
 * The simulated server: slots, and behind them a queue without bounds, as a
 * downstream has that nobody protects.
 */
import type { Clock, Outcome } from 'spillway'
import type { Outage, Server, ServiceTime, Stall } from '../scenario/scenario.ts'

/** Told how a piece of work ended. */
export type Done = (outcome: Outcome) => void

/** Does work in virtual time. */
export class Backend {
  readonly #clock: Clock
  readonly #server: Server
  readonly #random: () => number
  readonly #pending: Done[] = []
  #first = 0
  #busy = 0

  constructor(server: Server, clock: Clock, random: () => number) {
    this.#server = server
    this.#clock = clock
    this.#random = random
  }

  /** Work that it does or has queued. */
  get inside(): number {
    return this.#busy + this.#pending.length - this.#first
  }

  /** Slots that work. */
  get busy(): number {
    return this.#busy
  }

  /** Takes one piece of work; `done` is called when it ends. */
  submit(done: Done): void {
    if (this.#busy < this.#server.slots) this.#start(done)
    else this.#pending.push(done)
  }

  #start(done: Done): void {
    this.#busy++
    const serviceMs = this.#serviceMs()
    const outage = this.#outage()
    this.#clock.schedule(outage?.afterMs ?? serviceMs, () => {
      this.#busy--
      this.#startNext()
      done(outage ? 'failure' : 'success')
    })
  }

  #outage(): Outage | undefined {
    const nowMs = this.#clock.nowMs()
    return this.#server.outages?.find(({ fromMs, toMs }) => nowMs >= fromMs && nowMs < toMs)
  }

  #startNext(): void {
    const next = this.#pending[this.#first]
    if (!next) return
    this.#first++
    if (this.#first > 1024 && 2 * this.#first > this.#pending.length) {
      this.#pending.splice(0, this.#first)
      this.#first = 0
    }
    this.#start(next)
  }

  #serviceMs(): number {
    const nowMs = this.#clock.nowMs()
    let factor = 1
    for (const slowdown of this.#server.slowdowns) {
      if (nowMs >= slowdown.fromMs && nowMs < slowdown.toMs) factor *= slowdown.factor
    }
    const workMs = factor * drawServiceMs(this.#server.service, this.#random())
    return this.#server.stalls ? withStalls(this.#server.stalls, nowMs, workMs) : workMs
  }
}

/** How long `workMs` of work takes from `nowMs` on, while nothing moves during the stalls (in the order of time). */
export function withStalls(stalls: readonly Stall[], nowMs: number, workMs: number): number {
  let endMs = nowMs + workMs
  for (const { fromMs, toMs } of stalls) {
    if (nowMs < toMs && endMs > fromMs) endMs += toMs - Math.max(fromMs, nowMs)
  }
  return endMs - nowMs
}

/** One service time, from one number in [0, 1). */
export function drawServiceMs({ kind, meanMs }: ServiceTime, draw: number): number {
  if (kind === 'exponential') return -Math.log(1 - draw) * meanMs
  if (kind === 'bimodal') return draw < 0.9 ? meanMs / 2 : 5.5 * meanMs
  return meanMs
}
