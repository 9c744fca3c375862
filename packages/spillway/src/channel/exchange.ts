/**
 * The meeting place inside a channel: a bounded buffer, the senders that wait
 * for room, and the receivers that wait for an item.
 *
 * Every hand-over is decided in one synchronous step and told by callback, so
 * nothing that happens later in the same tick can undo it. Promises and options
 * are the business of `Channel` and `select`.
 *
 * Floor 3: imports `clock`, `queues`.
 * Source: the behaviour of channels in the Go runtime (`runtime/chan.go`, Go 1.19).
 */
import type { Clock } from '../clock/clock.ts'
import { Ring } from '../queues/ring.ts'
import { Waiter, WaitList } from '../queues/wait-list.ts'
import { closedChannel, waitTimeout } from './refusals.ts'

/** Whoever waits at an exchange. It has left the list whenever it is told something, and is told one thing. */
abstract class Party extends Waiter {
  /** Who speaks in its refusals. */
  abstract get owner(): string
  /** It left in vain. */
  abstract onRefused(reason: unknown): void

  onAbort(reason: unknown): void {
    this.onRefused(reason)
  }

  onTimeout(): void {
    this.onRefused(waitTimeout(this.owner))
  }
}

/** A sender that waits for room, with its item. */
export abstract class WaitingSender<T> extends Party {
  readonly item: T

  constructor(item: T) {
    super()
    this.item = item
  }

  /** Its item was taken, or has its place in the buffer. */
  abstract onTaken(): void
}

/** A receiver that waits for an item. */
export abstract class WaitingReceiver<T> extends Party {
  /** The next item is its own. */
  abstract onItem(item: T): void
  /** The channel closed, and nothing is left in it. */
  abstract onEnd(): void
}

/** What an exchange is made with; the caller has checked it. */
export interface ExchangeOptions {
  readonly capacity: number
  readonly maxWaiting: number
  readonly clock: Clock
}

/**
 * Buffer, waiting senders and waiting receivers, kept to three rules: nobody waits for what is there,
 * the longest waiting is served first, and a place that comes free belongs to whoever waits for it.
 */
export class Exchange<T> {
  readonly buffer: Ring<T>
  readonly senders: WaitList<WaitingSender<T>>
  readonly receivers: WaitList<WaitingReceiver<T>>
  closed = false

  constructor({ capacity, maxWaiting, clock }: ExchangeOptions) {
    this.buffer = new Ring(capacity)
    this.senders = new WaitList(clock, maxWaiting)
    this.receivers = new WaitList(clock, maxWaiting)
  }

  /** Whether `take` has an item to give. */
  get hasItem(): boolean {
    return this.buffer.size > 0 || this.senders.size > 0
  }

  /** Hands `item` to the first receiver, or buffers it; `false` when closed or full, and nothing changes. */
  put(item: T): boolean {
    if (this.closed) return false
    const receiver = this.receivers.shift()
    if (receiver === undefined) return this.buffer.push(item)
    receiver.onItem(item)
    return true
  }

  /** Takes the next item, and gives the place that comes free to the first sender. Ask `hasItem` first. */
  take(): T {
    const sender = this.senders.shift()
    if (this.buffer.size === 0) {
      // The caller has asked `hasItem`: without a buffered item there is a sender.
      sender!.onTaken()
      return sender!.item
    }
    // `shift` answers undefined for an empty ring only, and this one is not empty.
    const item = this.buffer.shift() as T
    if (sender !== undefined) {
      this.buffer.push(sender.item)
      sender.onTaken()
    }
    return item
  }

  /** Sends every waiter away. What is buffered stays to be taken. Doing it again does nothing. */
  close(): void {
    this.closed = true
    for (let waiter = this.receivers.shift(); waiter; waiter = this.receivers.shift()) waiter.onEnd()
    for (let waiter = this.senders.shift(); waiter; waiter = this.senders.shift()) {
      waiter.onRefused(closedChannel(waiter.owner))
    }
  }
}
