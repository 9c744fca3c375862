/**
 * Many deadlines on one timer: the clock is asked to call back for the
 * earliest only, and for nothing while there is none.
 *
 * Floor 1: imports `clock`.
 */
import type { Cancel, Clock } from '../clock/clock.ts'
import { type Timed, TimeHeap } from './time-heap.ts'

/** A node with a deadline, told when it passes. */
export interface Expiring extends Timed {
  /** Called once when the deadline passes, after the node has left. */
  onDeadline(): void
}

/** A set of deadlines sharing one timer. `add` and `remove` cost O(log n); no timer is alive while it is empty. */
export class Deadlines<T extends Expiring> {
  readonly #clock: Clock
  readonly #heap = new TimeHeap<T>()
  #cancelTimer: Cancel | undefined
  #armedForMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#heap.size
  }

  /** The earliest deadline; `undefined` when there is none. */
  get nextAtMs(): number | undefined {
    return this.#heap.first?.atMs
  }

  /** Adds `node`, due at `node.atMs`. An infinite deadline is never due. */
  add(node: T): void {
    this.#heap.add(node)
    // Never for an infinite one: while nothing is armed, that is what it is compared with.
    if (node.atMs < this.#armedForMs) this.#arm(node.atMs)
  }

  /** Takes `node` back, and tells whether it was there. */
  remove(node: T): boolean {
    if (!this.#heap.remove(node)) return false
    // A timer left armed for a removed node fires early once and re-arms; an empty set keeps none.
    if (this.#heap.size === 0) this.#disarm()
    return true
  }

  #arm(atMs: number): void {
    this.#disarm()
    this.#armedForMs = atMs
    this.#cancelTimer = this.#clock.schedule(atMs - this.#clock.nowMs(), this.#onTimer)
  }

  #disarm(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#armedForMs = Number.POSITIVE_INFINITY
  }

  readonly #onTimer = (): void => {
    this.#disarm()
    const nowMs = this.#clock.nowMs()
    try {
      for (let due = this.#heap.first; due && due.atMs <= nowMs; due = this.#heap.first) {
        this.#heap.remove(due)
        due.onDeadline()
      }
    } finally {
      // Also after one that threw: the others are still due.
      const next = this.#heap.first
      if (next && next.atMs < this.#armedForMs) this.#arm(next.atMs)
    }
  }
}
