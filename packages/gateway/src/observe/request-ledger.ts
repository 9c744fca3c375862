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

/** One request that has not ended. Only the first end counts. */
export interface OpenRequest {
  accepted(): void
  refused(code: ProblemCode, phase: Phase): void
  /** The client went away before it had an answer. */
  abandoned(): void
}

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
    let isOpen = true
    const end = (count: () => void): void => {
      if (!isOpen) return
      isOpen = false
      this.#waiting--
      count()
    }
    return {
      accepted: () => end(() => this.#accepted++),
      refused: (code, phase) => end(() => this.#countRefusal(code, phase)),
      abandoned: () => end(() => this.#abandoned++),
    }
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

  #countRefusal(code: ProblemCode, phase: Phase): void {
    const counts = this.#refused[phase]
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
}
