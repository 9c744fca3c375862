/**
 * One client: sends a request, waits for as long as it is patient, and tries
 * again as it may. The server is not told that it has gone.
 */
import type { Backoff, Clock, Criticality, RetryBudget } from 'spillway'
import { Attempt, type Caller } from './attempt.ts'
import type { Fleet } from './fleet.ts'
import type { Journal } from './journal.ts'

/** What all clients of a run share. */
export interface ClientRoom {
  readonly clock: Clock
  readonly fleet: Fleet
  readonly journal: Journal
  readonly timeoutMs: number
  readonly retries: number
  readonly calls: number
  readonly backoff: Backoff
  readonly budget: RetryBudget | undefined
}

/** A request on its way, through all its calls and attempts. */
export class Client implements Caller {
  readonly room: ClientRoom
  readonly criticality: Criticality
  readonly key: string
  readonly arrivedMs: number
  #attempts = 0
  #callsLeft: number

  constructor(room: ClientRoom, criticality: Criticality, key: string) {
    this.room = room
    this.criticality = criticality
    this.key = key
    this.arrivedMs = room.clock.nowMs()
    this.#callsLeft = room.calls
    room.journal.arrived(criticality, this.arrivedMs)
    room.budget?.onRequest()
  }

  /** Sends the request, for the first time or again. */
  send(): void {
    this.#attempts++
    this.room.journal.count('attempted', this.room.clock.nowMs())
    new Attempt(this).send()
  }

  answered(nowMs: number): void {
    this.#callsLeft--
    if (this.#callsLeft === 0) {
      this.room.journal.good(this.criticality, this.arrivedMs, nowMs)
      return
    }
    this.#attempts = 0
    this.send()
  }

  failed(): void {
    const { retries, budget, backoff, clock } = this.room
    if (this.#attempts > retries || (budget && !budget.tryRetry())) return
    clock.schedule(backoff(this.#attempts), () => this.send())
  }
}
