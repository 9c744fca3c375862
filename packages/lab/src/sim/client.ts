/**
 * One client: sends a request, waits for as long as it is patient, and tries
 * again as it may. The server is not told that it has gone.
 */
import type { Backoff, Clock, Criticality, OverloadCode, RetryBudget } from 'spillway'
import type { Policy, Work } from '../policies/policy.ts'
import type { Backend } from './backend.ts'
import type { Journal } from './journal.ts'

/** What all clients of a run share. */
export interface ClientRoom {
  readonly clock: Clock
  readonly policy: Policy
  readonly backend: Backend
  readonly journal: Journal
  readonly timeoutMs: number
  readonly retries: number
  readonly backoff: Backoff
  readonly budget: RetryBudget | undefined
}

/** A request on its way, through all its attempts. */
export class Client {
  readonly room: ClientRoom
  readonly criticality: Criticality
  readonly key: string
  readonly arrivedMs: number
  #attempts = 0

  constructor(room: ClientRoom, criticality: Criticality, key: string) {
    this.room = room
    this.criticality = criticality
    this.key = key
    this.arrivedMs = room.clock.nowMs()
    room.journal.arrived(criticality, this.arrivedMs)
    room.budget?.onRequest()
  }

  /** Sends the request, for the first time or again. */
  send(): void {
    this.#attempts++
    this.room.journal.count('attempted', this.room.clock.nowMs())
    const attempt = new Attempt(this)
    this.room.policy.offer(attempt)
  }

  /** An attempt was refused or timed out. */
  failed(): void {
    const { retries, budget, backoff, clock } = this.room
    if (this.#attempts > retries || (budget && !budget.tryRetry())) return
    const delayMs = backoff(this.#attempts)
    clock.schedule(delayMs, () => this.send())
  }
}

/** One attempt, as the policy sees it. */
class Attempt implements Work {
  readonly criticality: Criticality
  readonly key: string
  readonly patienceMs: number
  readonly #client: Client
  readonly #sentMs: number
  readonly #stopWaiting: () => void
  #waiting = true

  constructor(client: Client) {
    const { clock, timeoutMs } = client.room
    this.#client = client
    this.criticality = client.criticality
    this.key = client.key
    this.patienceMs = timeoutMs
    this.#sentMs = clock.nowMs()
    this.#stopWaiting = clock.schedule(timeoutMs, () => {
      this.#waiting = false
      client.failed()
    })
  }

  start(done: () => void): void {
    this.#client.room.backend.submit(() => {
      this.#answered()
      done()
    })
  }

  refuse(code: OverloadCode): void {
    const { journal, clock } = this.#client.room
    journal.refused(code, this.#sentMs, clock.nowMs())
    if (!this.#waiting) return
    this.#waiting = false
    this.#stopWaiting()
    this.#client.failed()
  }

  #answered(): void {
    const { journal, clock } = this.#client.room
    const nowMs = clock.nowMs()
    if (!this.#waiting) {
      journal.count('late', nowMs)
      return
    }
    this.#waiting = false
    this.#stopWaiting()
    journal.good(this.criticality, this.#client.arrivedMs, nowMs)
  }
}
