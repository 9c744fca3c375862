/**
 * Those who wait for room in a stream: in turn by tenant, each no longer than
 * its deadline, and no tenant in more places than its share.
 *
 * Imports `spillway`, `batch`, `fair-line`, `fair-share`.
 */
import type { Cancel, Clock } from 'spillway'
import type { Receipt } from '../protocol/receipt.ts'
import type { Batch } from './batch.ts'
import { FairLine } from './fair-line.ts'
import { FairShare } from './fair-share.ts'

/** Who waits for room. */
export interface Waiter extends Batch {
  /** `Infinity` for a feed, which takes no place from others. */
  readonly deadlineMs: number
  readonly signal: AbortSignal | undefined
  resolve(receipt: Receipt): void
  reject(error: unknown): void
}

/** What becomes of those who leave without room. */
export interface WaitingLineOptions {
  readonly clock: Clock
  /** The most who wait with a deadline. */
  readonly maxWaiting: number
  /** Whether what is left may be this tenant's; who may not have it keeps its place in line, and holds nobody up. */
  mayTake(tenant: string): boolean
  /** Waited in vain, until its deadline; `wasNext` when it was its turn, of those who may take. */
  onVain(waiter: Waiter, wasNext: boolean): void
  /** Its signal aborted. */
  onAborted(waiter: Waiter): void
}

/** A line with deadlines and a bound. */
export class WaitingLine {
  readonly #options: WaitingLineOptions
  readonly #line = new FairLine<Waiter>()
  readonly #places: FairShare
  /** What ends the watch over deadline and signal. */
  readonly #watches = new Map<Waiter, Cancel>()

  constructor(options: WaitingLineOptions) {
    this.#options = options
    this.#places = new FairShare(options.maxWaiting)
  }

  get size(): number {
    return this.#line.size
  }

  /** Whether one more of this tenant may wait with a deadline. */
  hasPlaceFor(tenant: string): boolean {
    return this.#places.hasRoomFor(tenant, 1)
  }

  /** How many events are served before those of a newcomer of this tenant. */
  itemsAhead(tenant: string): number {
    return this.#line.itemsAhead(tenant)
  }

  /** Whether someone of this tenant is in line. */
  holds(tenant: string): boolean {
    return this.#line.holds(tenant)
  }

  /** Everyone in line. */
  all(): readonly Waiter[] {
    return this.#line.all()
  }

  /** Whoever is next of those who may take; it stays in line. */
  next(): Waiter | undefined {
    return this.#line.next(this.#options.mayTake)
  }

  /** Stands in line, if there is a place for it, and tells whether there was. */
  join(waiter: Waiter): boolean {
    const isPatient = waiter.deadlineMs === Number.POSITIVE_INFINITY
    if (!isPatient && !this.#places.tryTake(waiter.tenant, 1)) return false
    this.#line.add(waiter)
    this.#watch(waiter)
    return true
  }

  /** Leaves the line: there is room for it. */
  serve(waiter: Waiter): void {
    this.#line.serve(waiter)
    this.#unwatch(waiter)
  }

  /** Is back, before its tenant's others: there was no room for it after all. */
  putBack(waiter: Waiter): void {
    if (waiter.deadlineMs !== Number.POSITIVE_INFINITY) this.#places.retake(waiter.tenant, 1)
    this.#line.putBack(waiter)
    this.#watch(waiter)
  }

  /** Leaves the line without room. */
  remove(waiter: Waiter): void {
    this.#line.remove(waiter)
    this.#unwatch(waiter)
  }

  #watch(waiter: Waiter): void {
    const { clock, onVain, onAborted } = this.#options
    const { signal, deadlineMs } = waiter
    const giveUp = (): void => {
      const wasNext = this.next() === waiter
      this.remove(waiter)
      onVain(waiter, wasNext)
    }
    const abort = (): void => {
      this.remove(waiter)
      onAborted(waiter)
    }
    const cancel =
      deadlineMs === Number.POSITIVE_INFINITY
        ? () => {}
        : clock.schedule(Math.max(0, deadlineMs - clock.nowMs()), giveUp)
    signal?.addEventListener('abort', abort)
    this.#watches.set(waiter, () => {
      cancel()
      signal?.removeEventListener('abort', abort)
    })
  }

  #unwatch(waiter: Waiter): void {
    this.#watches.get(waiter)?.()
    this.#watches.delete(waiter)
    if (waiter.deadlineMs !== Number.POSITIVE_INFINITY) this.#places.give(waiter.tenant, 1)
  }
}
