/**
 * Callers who hold a grant and wait for its time.
 *
 * Each has a time slot of its own, given when it came, so they are served first come, first served. One
 * timer serves them all, one listener each signal. Who gives up returns its tokens by the bucket's cancel
 * rule, which keeps the times of those behind it; what that rule holds back follows once nobody waits
 * behind. Until then the slot counts against `maxWaiting`: those who come only to leave cannot book the
 * future.
 *
 * Floor 3: imports `clock`, `queues`.
 */
import type { Clock } from '../clock/clock.ts'
import { type AbortListener, listenForAbort, stopListening } from '../queues/abort-fan.ts'
import { Deadlines, type Expiring } from '../queues/deadlines.ts'
import { type Linked, LinkedList } from '../queues/linked-list.ts'
import type { Grant, TokenBucket } from './token-bucket.ts'

/** A bucket, and those who wait for its tokens. */
export interface Lane {
  readonly bucket: TokenBucket
  /** In the order of their coming. `undefined` until the first one waits: most buckets of many keys have none. */
  line: LinkedList<SlotWaiter> | undefined
}

/** One who waits, or the slot of one who left. */
export class SlotWaiter implements Linked<SlotWaiter>, Expiring {
  prev: SlotWaiter | undefined = undefined
  next: SlotWaiter | undefined = undefined
  list: unknown = undefined
  heapIndex = -1
  heapOrder = 0
  readonly atMs: number
  readonly lane: Lane
  readonly grant: Grant
  readonly slots: TimeSlots
  resolve: () => void = nobodyYet
  reject: (reason: unknown) => void = nobodyYet
  abortListener: AbortListener | undefined = undefined
  hasLeft = false

  constructor(slots: TimeSlots, lane: Lane, grant: Grant) {
    this.atMs = grant.actAtNs / 1e6
    this.lane = lane
    this.grant = grant
    this.slots = slots
  }

  onDeadline(): void {
    this.slots.serve(this)
  }
}

/** The bounds of waiting. */
export interface TimeSlotsOptions {
  readonly clock: Clock
  readonly maxWaiting: number
  readonly maxWaitingPerKey: number
}

/** The waiters of one limiter. Coming and leaving cost O(log n) at most, O(1) for a slot behind all others. */
export class TimeSlots {
  readonly #clock: Clock
  readonly #maxWaiting: number
  readonly #maxWaitingPerKey: number
  /** Those who wait, and the slots of those who left. */
  readonly #slots: Deadlines<SlotWaiter>
  #left = 0
  #served = 0
  #abandoned = 0

  constructor(options: TimeSlotsOptions) {
    this.#clock = options.clock
    this.#maxWaiting = options.maxWaiting
    this.#maxWaitingPerKey = options.maxWaitingPerKey
    this.#slots = new Deadlines(options.clock)
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#slots.size - this.#left
  }

  /** How many have waited to the end. */
  get served(): number {
    return this.#served
  }

  /** How many gave up. */
  get abandoned(): number {
    return this.#abandoned
  }

  /** Whether no more may wait in `lane`. */
  isFullFor(lane: Lane): boolean {
    return this.#slots.size >= this.#maxWaiting || (lane.line?.size ?? 0) >= this.#maxWaitingPerKey
  }

  /** When the slots that are taken now will have left room in `lane`; `Infinity` when nobody may ever wait. */
  roomAtMs(lane: Lane): number {
    const waitsForAny = this.#slots.size >= this.#maxWaiting
    const waitsForOwn = (lane.line?.size ?? 0) >= this.#maxWaitingPerKey
    const anyMs = waitsForAny ? (this.#slots.nextAtMs ?? Number.POSITIVE_INFINITY) : 0
    const ownMs = waitsForOwn ? (lane.line?.head?.atMs ?? Number.POSITIVE_INFINITY) : 0
    return Math.max(anyMs, ownMs)
  }

  /**
   * Resolves when the time of `grant` has come; rejects with the signal's reason when it aborts before.
   * Ask `isFullFor` first. The delay must be finite, and the signal not aborted yet.
   */
  wait(lane: Lane, grant: Grant, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = new SlotWaiter(this, lane, grant)
      waiter.resolve = resolve
      waiter.reject = reject
      // The signal first: only listening can throw, when it is none.
      if (signal) waiter.abortListener = listenForAbort(signal, abandon, waiter)
      lane.line ??= new LinkedList()
      lane.line.pushBack(waiter)
      this.#slots.add(waiter)
    })
  }

  /** For the waiter: its time has come. */
  serve(waiter: SlotWaiter): void {
    if (waiter.abortListener) stopListening(waiter.abortListener)
    waiter.lane.line?.remove(waiter)
    if (waiter.hasLeft) this.#left--
    else this.#served++
    this.#dropTail(waiter.lane)
    if (!waiter.hasLeft) waiter.resolve()
  }

  /** For the waiter: its signal has aborted. */
  abandon(waiter: SlotWaiter, reason: unknown): void {
    waiter.hasLeft = true
    this.#left++
    this.#abandoned++
    waiter.lane.bucket.cancel(this.#clock.nowMs(), waiter.grant)
    this.#dropTail(waiter.lane)
    waiter.reject(reason)
  }

  /** Drops the slots that nobody waits behind, the last one first, so that each gives back all it holds. */
  #dropTail(lane: Lane): void {
    const { line } = lane
    for (let last = line?.tail; last?.hasLeft; last = line?.tail) {
      line?.remove(last)
      this.#slots.remove(last)
      this.#left--
      lane.bucket.cancel(this.#clock.nowMs(), last.grant)
    }
  }
}

function nobodyYet(): void {}

function abandon(reason: unknown, waiter: SlotWaiter): void {
  waiter.slots.abandon(waiter, reason)
}
