/**
 * A channel: a bounded queue between those who send and those who receive.
 * When it is full a send waits, and that wait is the signal to slow down.
 *
 * It keeps the semantics of Go's channels, with promises for parked
 * goroutines, `{ done, value }` for `v, ok` and rejections for panics. Absent:
 * dropping and priorities (`Processor` has both), and one-way views.
 *
 * Floor 3: imports `clock`, `options`, `queues`.
 * Source: "Share Memory By Communicating", go.dev; the Go specification, "Channel types".
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { aClock, check, integerOrInfinityFrom, optional, resolveOptions } from '../options/rules.ts'
import { openWait, UNBOUNDED, type WaitOptions } from '../options/wait-options.ts'
import { Exchange, WaitingReceiver, WaitingSender } from './exchange.ts'
import { assertMayWait, closedChannel } from './refusals.ts'

/** What a channel is made with. */
export interface ChannelOptions {
  /**
   * The most items it buffers: an integer of at least 0, or `Infinity`. There is no default: the number is a
   * decision. 0 makes an unbuffered channel, where a send completes only as a receiver takes its item.
   */
  readonly capacity: number
  /**
   * The most senders that may wait, and the most receivers: an integer of at least 0, or `Infinity`.
   * @defaultValue 1024
   */
  readonly maxWaiting?: number | undefined
  /**
   * The clock of the waits.
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** What came out of a channel, as an iterator tells it: an item, or the end. Any value is an ordinary item. */
export type Received<T> =
  | { readonly done: false; readonly value: T }
  | { readonly done: true; readonly value: undefined }

const OPTION_RULES = {
  capacity: integerOrInfinityFrom(0),
  maxWaiting: integerOrInfinityFrom(0),
  clock: optional(aClock),
}
const BATCH_SIZE = integerOrInfinityFrom(1)

// One promise for every send that need not wait, and one result for every end: shared, so that the hot paths
// allocate neither (`npm run bench -- channel`).
const SENT: Promise<void> = Promise.resolve()
const END: Received<never> = Object.freeze({ done: true, value: undefined })

type Reject = (reason: unknown) => void

class PendingSend<T> extends WaitingSender<T> {
  readonly onTaken: () => void
  readonly onRefused: Reject

  constructor(item: T, resolve: () => void, reject: Reject) {
    super(item)
    this.onTaken = resolve
    this.onRefused = reject
  }

  get owner(): string {
    return 'Channel.send'
  }
}

class PendingReceive<T> extends WaitingReceiver<T> {
  readonly #resolve: (result: Received<T>) => void
  readonly onRefused: Reject

  constructor(resolve: (result: Received<T>) => void, reject: Reject) {
    super()
    this.#resolve = resolve
    this.onRefused = reject
  }

  get owner(): string {
    return 'Channel.receive'
  }

  onItem(item: T): void {
    this.#resolve({ done: false, value: item })
  }

  onEnd(): void {
    this.#resolve(END)
  }
}

/** Reaches the inside of a channel: for `select` only, which joins several. */
export let exchangeOf: <T>(channel: Channel<T>) => Exchange<T>

/**
 * A bounded first-in first-out queue with waiting on both sides.
 *
 * Items come out in the order in which they were sent; waiters are served in the order in which they came; a
 * newcomer never overtakes a waiter. A wait that is given up leaves nothing behind, and an item handed over is
 * never lost. Every operation costs O(1), O(log n) for a wait with a deadline.
 *
 * @example
 * ```ts
 * const jobs = new Channel<Job>({ capacity: 100 })
 * await jobs.send(job, { timeoutMs: 50 }) // waits while it is full, 50 ms at most
 * for await (const next of jobs) await work(next)
 * ```
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #exchange: Exchange<T>

  static {
    exchangeOf = (channel) => channel.#exchange
  }

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(options: ChannelOptions) {
    const defaults = { maxWaiting: 1024, clock: systemClock }
    this.#exchange = new Exchange(resolveOptions('Channel', options, OPTION_RULES, defaults))
  }

  /** How many items are buffered now. The items of waiting senders are not counted. */
  get size(): number {
    return this.#exchange.buffer.size
  }

  /** The most items it buffers. */
  get capacity(): number {
    return this.#exchange.buffer.capacity
  }

  /** How many senders wait for room now; a waiting `select` counts once for each of its send cases. */
  get waitingSenders(): number {
    return this.#exchange.senders.size
  }

  /** How many receivers wait for an item now; a waiting `select` counts once for each of its receive cases. */
  get waitingReceivers(): number {
    return this.#exchange.receivers.size
  }

  /** Whether `close` was called. Buffered items may still be there to receive. */
  get closed(): boolean {
    return this.#exchange.closed
  }

  /**
   * Sends `item` once there is room: resolves when it has its place in the buffer, or was taken.
   *
   * Rejects with `signal.reason` when aborted; with `OverloadError` of code `ERR_CLOSED` when the channel is
   * closed before there is room, `ERR_WAIT_TIMEOUT` when the wait would be longer than `timeoutMs` or
   * `finishWithinMs`, `ERR_TOO_MANY_WAITING` when `maxWaiting` senders wait already; with `OptionError` when a
   * bound is not a number of at least 0. A rejected item is not in the channel, and never will be.
   */
  send(item: T, wait: WaitOptions = UNBOUNDED): Promise<void> {
    const exchange = this.#exchange
    try {
      const boundMs = openWait('Channel.send', wait)
      if (exchange.put(item)) return SENT
      if (exchange.closed) throw closedChannel('Channel.send')
      assertMayWait('Channel.send', exchange.senders, boundMs)
      return this.#waitForRoom(item, boundMs, wait.signal)
    } catch (refusal) {
      return Promise.reject(refusal)
    }
  }

  /** Beside `send`: there its closures would cost those that need not wait (`npm run bench -- channel`). */
  #waitForRoom(item: T, boundMs: number, signal: WaitOptions['signal']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#exchange.senders.add(new PendingSend(item, resolve, reject), boundMs, signal)
    })
  }

  /** Sends `item` if that needs no wait; `false` when the channel is full or closed, and nothing changes. */
  trySend(item: T): boolean {
    return this.#exchange.put(item)
  }

  /**
   * Receives the next item once there is one: `{ done: false, value }`, or `{ done: true }` when the channel is
   * closed and nothing is left in it.
   *
   * Rejects with `signal.reason` when aborted; with `OverloadError` of code `ERR_WAIT_TIMEOUT` when the wait
   * would be longer than `timeoutMs` or `finishWithinMs`, `ERR_TOO_MANY_WAITING` when `maxWaiting` receivers
   * wait already; with `OptionError` when a bound is not a number of at least 0. A rejected receive takes nothing.
   */
  receive(wait: WaitOptions = UNBOUNDED): Promise<Received<T>> {
    const exchange = this.#exchange
    try {
      const boundMs = openWait('Channel.receive', wait)
      if (exchange.hasItem) return Promise.resolve({ done: false, value: exchange.take() })
      if (exchange.closed) return Promise.resolve(END)
      assertMayWait('Channel.receive', exchange.receivers, boundMs)
      return new Promise((resolve, reject) => {
        exchange.receivers.add(new PendingReceive(resolve, reject), boundMs, wait.signal)
      })
    } catch (refusal) {
      return Promise.reject(refusal)
    }
  }

  /**
   * Receives the next item if that needs no wait: `{ done: false, value }`; `{ done: true }` when the channel is
   * closed and nothing is left; `undefined` when there is nothing now. Only an item costs an allocation.
   */
  tryReceive(): Received<T> | undefined {
    const exchange = this.#exchange
    if (exchange.hasItem) return { done: false, value: exchange.take() }
    return exchange.closed ? END : undefined
  }

  /**
   * Receives what is there, at most `max` items, in order. With nothing there it waits for the first item, as
   * `receive` does, and takes those that came by the time it goes on. An empty list means that the channel is
   * closed and nothing is left. Rejects as `receive` does.
   *
   * @param max - an integer of at least 1, or `Infinity` for all that is there
   */
  async receiveMany(max: number, wait: WaitOptions = UNBOUNDED): Promise<T[]> {
    check('Channel.receiveMany', 'max', max, BATCH_SIZE)
    openWait('Channel.receiveMany', wait)
    const exchange = this.#exchange
    const items: T[] = []
    if (!exchange.hasItem) {
      const first = await this.receive(wait)
      if (first.done) return items
      items.push(first.value)
    }
    while (items.length < max && exchange.hasItem) items.push(exchange.take())
    return items
  }

  /**
   * Closes the channel: nothing more is taken, what is buffered can still be received, waiting receivers learn
   * the end, waiting senders are rejected with `ERR_CLOSED` and their items are not delivered. Closing twice is
   * harmless, unlike in Go.
   */
  close(): void {
    this.#exchange.close()
  }

  /**
   * Iterates over the items until the channel is closed and empty. Leaving the loop early leaves the channel
   * open and the rest in it; several loops share the items.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    // No `return` method on purpose: it is what a loop calls when it is left.
    return {
      next: () => this.receive(),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
}
