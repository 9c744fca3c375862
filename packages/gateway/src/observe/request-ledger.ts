/**
 * The ledger of a stream's requests: each has one end, counted once.
 *
 *   received = accepted + refused{code, phase} + abandoned + waiting
 *
 * The sum holds at every instant, because a request is opened and ended in
 * one step each, and ending twice is not possible.
 *
 * It also keeps how long the accepted ones took.
 *
 * Imports `spillway`, `protocol`.
 */
import { type Clock, systemClock } from 'spillway'
import type { ProblemCode } from '../protocol/problem.ts'
import { AcceptTimes } from './accept-times.ts'

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

/** What a ledger needs besides requests. */
export interface RequestLedgerOptions {
  readonly clock?: Clock | undefined
  /** A request was refused. */
  onRefused?(code: ProblemCode): void
}

/** How a request can end: `fed` is accepted, but lasted as long as its sender liked. */
type End = 'accepted' | 'fed' | 'abandoned' | { readonly code: ProblemCode; readonly phase: Phase }

/** Counts requests. Counters start with the process. */
export class RequestLedger {
  /** How long the accepted requests took. */
  readonly acceptTimes: AcceptTimes = new AcceptTimes()
  readonly #clock: Clock
  readonly #onRefused: RequestLedgerOptions['onRefused']
  #received = 0
  #accepted = 0
  #abandoned = 0
  #waiting = 0
  readonly #refused: Readonly<Record<Phase, Map<ProblemCode, number>>> = { early: new Map(), late: new Map() }

  constructor({ clock = systemClock, onRefused }: RequestLedgerOptions = {}) {
    this.#clock = clock
    this.#onRefused = onRefused
  }

  /** A request came in. */
  open(): OpenRequest {
    this.#received++
    this.#waiting++
    return new OpenRequest(this.#count, this.#clock.nowMs())
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

  readonly #count = (end: End, openedMs: number): void => {
    this.#waiting--
    if (end === 'abandoned') this.#abandoned++
    else if (end === 'accepted' || end === 'fed') this.#countAccepted(end, openedMs)
    else {
      const counts = this.#refused[end.phase]
      counts.set(end.code, (counts.get(end.code) ?? 0) + 1)
      this.#onRefused?.(end.code)
    }
  }

  #countAccepted(end: 'accepted' | 'fed', openedMs: number): void {
    this.#accepted++
    if (end === 'fed') return
    const nowMs = this.#clock.nowMs()
    this.acceptTimes.record(nowMs - openedMs, nowMs)
  }
}

/** One request. Its first end counts; every later one does nothing. */
export class OpenRequest {
  readonly #count: (end: End, openedMs: number) => void
  readonly #openedMs: number
  #isOpen = true

  /** For the ledger only: see `RequestLedger.open`. */
  constructor(count: (end: End, openedMs: number) => void, openedMs: number) {
    this.#count = count
    this.#openedMs = openedMs
  }

  accepted(): void {
    this.#end('accepted')
  }

  /** A feed ended, and some of its events were taken. Its length says nothing about how fast a 202 is. */
  fed(): void {
    this.#end('fed')
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
    this.#count(end, this.#openedMs)
  }
}
