/**
 * A request that may have to wait, between its guard and the gate.
 *
 * Floor 4: imports `gate`.
 */
import type { EntryListener } from '../gate/callback-gate.ts'
import type { Permit } from '../gate/gate.ts'
import type { RefusalFacts } from './refusal-response.ts'

/** What the guard does for request `A` when its answer is there. `late` tells whether it waited. */
export interface GuardDesk<A> {
  admit(arrival: A, permit: Permit, budgetMs: number | undefined): void
  refuse(arrival: A, refusal: RefusalFacts): void
  fail(arrival: A, error: unknown): void
  leave(arrival: A): void
  /** It waits no more. */
  waited(): void
}

/** What a gate that breaks its contract is told of. */
export const NO_ANSWER = 'the gate answered with neither a permit nor a refusal'

/** Hears the gate's answer for one request. */
export class GuardEntry<A> implements EntryListener {
  /** Set by the guard when there was no answer at once. */
  isWaiting = false
  isAnswered = false
  readonly #desk: GuardDesk<A>
  readonly #arrival: A
  readonly #budgetMs: number | undefined

  constructor(desk: GuardDesk<A>, arrival: A, budgetMs: number | undefined) {
    this.#desk = desk
    this.#arrival = arrival
    this.#budgetMs = budgetMs
  }

  onAdmitted(permit: Permit): void {
    if (permit?.admitted !== true) {
      this.onFailed(new TypeError(NO_ANSWER))
      return
    }
    this.#answered()
    this.#desk.admit(this.#arrival, permit, this.#budgetMs)
  }

  onRefused(refusal: RefusalFacts): void {
    this.#answered()
    this.#desk.refuse(this.#arrival, refusal)
  }

  onAborted(): void {
    this.#answered()
    this.#desk.leave(this.#arrival)
  }

  /** The gate failed. */
  onFailed(error: unknown): void {
    this.#answered()
    this.#desk.fail(this.#arrival, error)
  }

  #answered(): void {
    this.isAnswered = true
    if (this.isWaiting) this.#desk.waited()
    this.isWaiting = false
  }
}
