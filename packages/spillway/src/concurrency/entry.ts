/**
 * One ask on its way through a limiter: first a waiter, then a permit.
 *
 * Floor 3: imports `gate`, `queues`.
 */
import type { EntryListener, Waiting } from '../gate/callback-gate.ts'
import type { Outcome, Permit } from '../gate/gate.ts'
import type { Expiring } from '../queues/deadlines.ts'
import { Waiter } from '../queues/wait-list.ts'

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
export class EntryWaiter extends Waiter implements Waiting {
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

  abandon(reason: unknown): void {
    if (this.waitList?.remove(this)) this.onAbort(reason)
  }

  onTimeout(): void {
    this.#limiter.gaveUp(this, 'timeout')
  }

  onAbort(reason: unknown): void {
    this.#limiter.gaveUp(this, { reason })
  }
}

/** Leave to start, taken from one limiter, given back once. */
export class LimiterPermit implements Permit {
  readonly admitted = true
  readonly cost: number
  readonly startMs: number
  /** How much was in flight at its start, itself included. */
  readonly inFlight: number
  #limiter: Limiter | undefined

  constructor(limiter: Limiter, start: Pick<LimiterPermit, 'cost' | 'startMs' | 'inFlight'>) {
    this.#limiter = limiter
    this.cost = start.cost
    this.startMs = start.startMs
    this.inFlight = start.inFlight
  }

  end(outcome: Outcome = 'success'): void {
    this.settle(outcome)
  }

  cancel(): void {
    this.settle('cancelled')
  }

  /** Gives it back, for the first time only. */
  protected settle(ending: Ending): void {
    const limiter = this.#limiter
    this.#limiter = undefined
    limiter?.settle(this, ending)
  }
}

/** The same, taken back when it is overdue: for a limiter with `maxHoldMs`. */
export class TimedPermit extends LimiterPermit implements Expiring {
  atMs: number
  heapIndex = -1
  heapOrder = 0

  constructor(limiter: Limiter, start: Pick<TimedPermit, 'cost' | 'startMs' | 'inFlight' | 'atMs'>) {
    super(limiter, start)
    this.atMs = start.atMs
  }

  onDeadline(): void {
    this.settle('overdue')
  }
}
