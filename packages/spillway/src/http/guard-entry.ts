/**
 * A request that may have to wait, between its guard and the gate.
 *
 * Floor 4: imports `errors`, `gate`, `options`.
 */
import { isOverloadError } from '../errors/overload-error.ts'
import type { EntryListener, Waiting } from '../gate/callback-gate.ts'
import type { Ask, AsyncGate, Permit } from '../gate/gate.ts'
import type { WaitOptions } from '../options/wait-options.ts'
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

/** Asks a gate that knows promises alone, for somebody who may leave. */
export function requestByPromise(
  gate: AsyncGate,
  ask: Ask & WaitOptions,
  entry: GuardEntry<unknown>,
): Waiting {
  const leaving = new AbortController()
  const { signal } = leaving
  gate.enter({ ...ask, signal }).then(
    (permit) => entry.onAdmitted(permit),
    (error: unknown) => {
      if (isOverloadError(error)) entry.onRefused(error)
      else if (signal.aborted) entry.onAborted()
      else entry.onFailed(error)
    },
  )
  return { abandon: (reason) => leaving.abort(reason) }
}
