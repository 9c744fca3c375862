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
import { AbortSeat, stopListening, takeSeat } from '../queues/abort-fan.ts'
import { Deadlines, type Expiring } from '../queues/deadlines.ts'
import { type Linked, LinkedList } from '../queues/linked-list.ts'
import type { Grant, TokenBucket } from './token-bucket.ts'

/** Tokens that are taken, as a bucket needs to know them to take them back. */
type GrantedTokens = Omit<Grant, 'delayMs'>

/** A bucket, and those who wait for its tokens. */
export interface Lane {
  readonly bucket: TokenBucket
  /** In the order of their coming. `undefined` until the first one waits: most buckets of many keys have none. */
  line: LinkedList<SlotWaiter> | undefined
}

/**
 * One who waits, or the slot of one who left: a grant with its place in the line, in the timer's heap and in its
 * signal's list, in one object. `npm run bench -- waiters` counts its bytes.
 */
export class SlotWaiter extends AbortSeat implements Linked<SlotWaiter>, Expiring, GrantedTokens {
  prev: SlotWaiter | undefined = undefined
  next: SlotWaiter | undefined = undefined
  list: unknown = undefined
  heapIndex = -1
  heapOrder = 0
  readonly tokens: number
  readonly actAtNs: number
  readonly ratePerSecond: number
  heldTokens: number
  readonly lane: Lane
  readonly slots: TimeSlots
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
  hasLeft = false

  constructor(place: SlotPlace, resolve: () => void, reject: (reason: unknown) => void) {
    super()
    const { slots, lane, grant } = place
    this.tokens = grant.tokens
    this.actAtNs = grant.actAtNs
    this.ratePerSecond = grant.ratePerSecond
    this.heldTokens = grant.heldTokens
    this.lane = lane
    this.slots = slots
    this.resolve = resolve
    this.reject = reject
  }

  get atMs(): number {
    return this.actAtNs / 1e6
  }

  onDeadline(): void {
    this.slots.serve(this)
  }

  onSignal(reason: unknown): void {
    this.slots.abandon(this, reason)
  }

  /** Leaves by itself. Without effect once its time has come, or it has left. */
  abandon(reason: unknown): void {
    if (this.hasLeft || this.heapIndex < 0) return
    stopListening(this)
    this.slots.abandon(this, reason)
  }
}

/** What becomes of one who waits: exactly one of the two is called. */
interface SlotEnds {
  resolve(): void
  reject(reason: unknown): void
}

/** What a slot is made of. */
interface SlotPlace {
  readonly slots: TimeSlots
  readonly lane: Lane
  readonly grant: GrantedTokens
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
  wait(lane: Lane, grant: GrantedTokens, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.take({ lane, grant }, { resolve, reject }, signal)
    })
  }

  /** `wait` with callbacks. */
  take(
    { lane, grant }: Omit<SlotPlace, 'slots'>,
    { resolve, reject }: SlotEnds,
    signal: AbortSignal | undefined,
  ): SlotWaiter {
    const waiter = new SlotWaiter({ slots: this, lane, grant }, resolve, reject)
    // The signal first: only listening can throw, when it is none.
    if (signal) takeSeat(signal, waiter)
    lane.line ??= new LinkedList()
    lane.line.pushBack(waiter)
    this.#slots.add(waiter)
    return waiter
  }

  /** For the waiter: its time has come. */
  serve(waiter: SlotWaiter): void {
    stopListening(waiter)
    waiter.lane.line?.remove(waiter)
    if (waiter.hasLeft) this.#left--
    else this.#served++
    if (waiter.lane.line?.tail?.hasLeft) this.#dropTail(waiter.lane, this.#clock.nowMs())
    if (!waiter.hasLeft) waiter.resolve()
  }

  /** For the waiter: its signal has aborted. */
  abandon(waiter: SlotWaiter, reason: unknown): void {
    waiter.hasLeft = true
    this.#left++
    this.#abandoned++
    const nowMs = this.#clock.nowMs()
    waiter.lane.bucket.cancel(nowMs, waiter)
    this.#dropTail(waiter.lane, nowMs)
    waiter.reject(reason)
  }

  /** Drops the slots that nobody waits behind, the last one first, so that each gives back all it holds. */
  #dropTail(lane: Lane, nowMs: number): void {
    const { line } = lane
    for (let last = line?.tail; last?.hasLeft; last = line?.tail) {
      line?.remove(last)
      this.#slots.remove(last)
      this.#left--
      lane.bucket.cancel(nowMs, last)
    }
  }
}
