/**
 * The ledger of a stream's requests: each has one end, counted once.
 *
 *   received = accepted + refused{code, phase} + abandoned + waiting
 *
 * The sum holds at every instant, because a request is opened and ended in
 * one step each, and ending twice is not possible.
 *
 * Imports `protocol`.
 */
import type { ProblemCode } from '../protocol/problem.ts'

/** When a request was refused: `early`, on its headers; `late`, after its body or after waiting. */
export type Phase = 'early' | 'late'

/** How many requests were refused for one reason. */
export interface RefusedCount {
  readonly code: ProblemCode
  readonly phase: Phase
  readonly count: number
}

/** The counts at one instant. */
export interface RequestCounts {
  readonly received: number
  readonly accepted: number
  readonly refused: readonly RefusedCount[]
  readonly abandoned: number
  readonly waiting: number
}

/** How a request can end. */
type End = 'accepted' | 'abandoned' | { readonly code: ProblemCode; readonly phase: Phase }

/** Counts requests. Counters start with the process. */
export class RequestLedger {
  #received = 0
  #accepted = 0
  #abandoned = 0
  #waiting = 0
  readonly #refused: Readonly<Record<Phase, Map<ProblemCode, number>>> = { early: new Map(), late: new Map() }

  /** A request came in. */
  open(): OpenRequest {
    this.#received++
    this.#waiting++
    return new OpenRequest(this.#count)
  }

  /** The counts as they are now. */
  counts(): RequestCounts {
    return {
      received: this.#received,
      accepted: this.#accepted,
      refused: [...this.#refusedIn('early'), ...this.#refusedIn('late')],
      abandoned: this.#abandoned,
      waiting: this.#waiting,
    }
  }

  #refusedIn(phase: Phase): readonly RefusedCount[] {
    return Array.from(this.#refused[phase], ([code, count]) => ({ code, phase, count }))
  }

  readonly #count = (end: End): void => {
    this.#waiting--
    if (end === 'accepted') this.#accepted++
    else if (end === 'abandoned') this.#abandoned++
    else {
      const counts = this.#refused[end.phase]
      counts.set(end.code, (counts.get(end.code) ?? 0) + 1)
    }
  }
}

/** One request. Its first end counts; every later one does nothing. */
export class OpenRequest {
  readonly #count: (end: End) => void
  #isOpen = true

  /** For the ledger only: see `RequestLedger.open`. */
  constructor(count: (end: End) => void) {
    this.#count = count
  }

  accepted(): void {
    this.#end('accepted')
  }

  refused(code: ProblemCode, phase: Phase): void {
    this.#end({ code, phase })
  }

  /** The client went away before it had an answer. */
  abandoned(): void {
    this.#end('abandoned')
  }

  #end(end: End): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#count(end)
  }
}
