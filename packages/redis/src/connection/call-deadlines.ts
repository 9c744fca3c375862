/**
 * The deadlines of calls that all may take equally long: whoever was sent
 * first is due first, so a list and one timer do for any number of them.
 */
import type { Cancel, Clock } from 'spillway'

/** A call with a deadline; the list keeps its place in the fields. */
export interface Timed {
  dueMs: number
  before: Timed | undefined
  after: Timed | undefined
}

/** Calls in the order of their deadlines. */
export class CallDeadlines<T extends Timed> {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #onDue: (call: T) => void
  #first: Timed | undefined
  #last: Timed | undefined
  /** Ends the timer, which is never later than the first deadline. */
  #cancel: Cancel | undefined

  /** @param onDue - called for each call at its deadline, after it has left */
  constructor(clock: Clock, timeoutMs: number, onDue: (call: T) => void) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#onDue = onDue
  }

  /** A call was sent now. */
  add(call: T): void {
    call.dueMs = this.#clock.nowMs() + this.#timeoutMs
    call.before = this.#last
    if (this.#last) this.#last.after = call
    else this.#first = call
    this.#last = call
    this.#cancel ??= this.#clock.schedule(this.#timeoutMs, this.#onTimer)
  }

  /** A call has its answer. Without any the timer ends; otherwise it is set anew when it rings. */
  remove(call: T): void {
    const { before, after } = call
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    call.before = undefined
    call.after = undefined
    if (this.#first) return
    this.#cancel?.()
    this.#cancel = undefined
  }

  readonly #onTimer = (): void => {
    this.#cancel = undefined
    const nowMs = this.#clock.nowMs()
    for (let due = this.#first; due && due.dueMs <= nowMs; due = this.#first) {
      const call = due as T // only such calls are added
      this.remove(call)
      this.#onDue(call)
    }
    if (!this.#first) return
    this.#cancel ??= this.#clock.schedule(this.#first.dueMs - nowMs, this.#onTimer)
  }
}
