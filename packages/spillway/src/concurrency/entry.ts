/**
 * One ask on its way through a limiter: first a waiter, then a permit.
 *
 * Floor 3: imports `gate`, `queues`.
 */
import type { Outcome, Permit, Refusal } from '../gate/gate.ts'
import type { Expiring } from '../queues/deadlines.ts'
import { Waiter } from '../queues/wait-list.ts'

/** What the limiter tells to one who asked: exactly one of the three, exactly once. Must not throw. */
export interface EntryListener {
  /** Leave to start. */
  onAdmitted(permit: Permit): void
  /** Refused. */
  onRefused(refusal: Refusal): void
  /** The ask's signal aborted. */
  onAborted(reason: unknown): void
}

/** Where permits and waiters report. */
export interface Limiter {
  settle(permit: LimiterPermit, ending: Ending): void
  gaveUp(waiter: EntryWaiter, why: 'timeout' | { readonly reason: unknown }): void
}

/** What one waits with. */
export type EntryAsk = Pick<EntryWaiter, 'cost' | 'sinceMs' | 'budgetEndsMs' | 'timeoutCode' | 'listener'>

/** How a permit ended. */
export type Ending = Outcome | 'cancelled' | 'overdue'

/** One that waits for its turn. */
export class EntryWaiter extends Waiter {
  readonly cost: number
  /** When it began to wait. */
  readonly sinceMs: number
  /** When its whole budget ends. */
  readonly budgetEndsMs: number
  /** The refusal it gets when it has waited in vain. */
  readonly timeoutCode: 'ERR_WAIT_TIMEOUT' | 'ERR_BUDGET_SPENT'
  readonly listener: EntryListener
  readonly #limiter: Limiter

  constructor(limiter: Limiter, ask: EntryAsk) {
    super()
    this.#limiter = limiter
    this.cost = ask.cost
    this.sinceMs = ask.sinceMs
    this.budgetEndsMs = ask.budgetEndsMs
    this.timeoutCode = ask.timeoutCode
    this.listener = ask.listener
  }

  onTimeout(): void {
    this.#limiter.gaveUp(this, 'timeout')
  }

  onAbort(reason: unknown): void {
    this.#limiter.gaveUp(this, { reason })
  }
}

/** Leave to start, taken from one limiter, given back once. */
export class LimiterPermit implements Permit, Expiring {
  readonly admitted = true
  /** When it is taken back, for a limiter with `maxHoldMs`. */
  atMs: number
  heapIndex = -1
  heapOrder = 0
  readonly cost: number
  readonly startMs: number
  /** How much was in flight at its start, itself included. */
  readonly inFlight: number
  #limiter: Limiter | undefined

  constructor(limiter: Limiter, start: Pick<LimiterPermit, 'cost' | 'startMs' | 'inFlight' | 'atMs'>) {
    this.#limiter = limiter
    this.cost = start.cost
    this.startMs = start.startMs
    this.inFlight = start.inFlight
    this.atMs = start.atMs
  }

  end(outcome: Outcome = 'success'): void {
    this.#settle(outcome)
  }

  cancel(): void {
    this.#settle('cancelled')
  }

  onDeadline(): void {
    this.#settle('overdue')
  }

  #settle(ending: Ending): void {
    const limiter = this.#limiter
    this.#limiter = undefined
    limiter?.settle(this, ending)
  }
}
