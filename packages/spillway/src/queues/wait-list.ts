/**
 * The waiters of a bounded thing: first come, first served, bounded in
 * number, each with an optional deadline and signal.
 *
 * A waiter leaves exactly once: taken, removed, expired or aborted. On every
 * way out its deadline and its abort listener are gone before its callback
 * runs, so a value handed over can no longer be turned into a rejection.
 *
 * Floor 1: imports `clock`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import { AbortSeat, stopListening, takeSeat } from './abort-fan.ts'
import { Deadlines, type Expiring } from './deadlines.ts'
import { type Linked, LinkedList } from './linked-list.ts'

/** One caller that waits. Subclasses carry what it waits with, and what to do when it leaves in vain. */
export abstract class Waiter extends AbortSeat implements Linked<Waiter>, Expiring {
  prev: Waiter | undefined = undefined
  next: Waiter | undefined = undefined
  list: unknown = undefined
  /** When its patience ends, on the clock's scale; without a bound it is in no heap. A whole number needs no box. */
  atMs = 0
  heapIndex = -1
  heapOrder = 0

  /** Where it waits, if it does. */
  get waitList(): WaitList<Waiter> | undefined {
    return this.list instanceof WaitList ? this.list : undefined
  }

  /** Its deadline passed. It has left the list. */
  abstract onTimeout(): void
  /** Its signal aborted. It has left the list. */
  abstract onAbort(reason: unknown): void

  /** For the deadline timer only. */
  onDeadline(): void {
    this.waitList?.remove(this)
    this.onTimeout()
  }

  /** For the signal only. */
  onSignal(reason: unknown): void {
    if (this.waitList?.remove(this)) this.onAbort(reason)
  }
}

/** A bounded first-come first-served list of waiters. Adding and removing cost O(1) without a deadline, O(log n) with one. */
export class WaitList<W extends Waiter> extends LinkedList<Waiter> {
  /** The most that may wait. */
  readonly maxWaiting: number
  readonly #clock: Clock
  readonly #deadlines: Deadlines<Waiter>

  constructor(clock: Clock, maxWaiting: number) {
    super()
    this.maxWaiting = maxWaiting
    this.#clock = clock
    this.#deadlines = new Deadlines(clock)
  }

  /** Whether no more may wait. */
  get isFull(): boolean {
    return this.size >= this.maxWaiting
  }

  /** The one that has waited longest. */
  get first(): W | undefined {
    return this.head as W | undefined
  }

  /** The one that came last. */
  get last(): W | undefined {
    return this.tail as W | undefined
  }

  /**
   * Adds a waiter at the end. Ask `isFull` first; the signal must not be aborted yet.
   *
   * @param boundMs - its patience from now in milliseconds, above 0; `Infinity` for none
   */
  add(waiter: W, boundMs: number, signal: WaitOptions['signal']): void {
    // The signal first: only listening can throw, when it is none, and then nothing has been touched.
    if (signal) takeSeat(signal, waiter)
    this.pushBack(waiter)
    if (boundMs !== Number.POSITIVE_INFINITY) {
      waiter.atMs = this.#clock.nowMs() + boundMs
      this.#deadlines.add(waiter)
    }
  }

  /** Takes the one that has waited longest. */
  override shift(): W | undefined {
    const waiter = this.first
    if (waiter) this.remove(waiter)
    return waiter
  }

  /** Takes the one that came last. */
  pop(): W | undefined {
    const waiter = this.last
    if (waiter) this.remove(waiter)
    return waiter
  }

  /** Removes `waiter` if it waits here, and tells whether it did. */
  override remove(waiter: Waiter): boolean {
    if (!super.remove(waiter)) return false
    if (waiter.heapIndex >= 0) this.#deadlines.remove(waiter)
    stopListening(waiter)
    return true
  }
}
