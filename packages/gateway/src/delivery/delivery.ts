/**
 * From the backlog to the sink: a bounded window over the backlog, workers,
 * and what becomes of what failed.
 *
 * The window and its workers are the library's `Processor`; events go through
 * it in parcels, most often of one (`parcels.ts`). An event whose
 * delivery failed leaves the window, never the backlog: it is deferred in the
 * store, and comes back when it is due. What can't be delivered is set aside
 * as a dead letter; when there is no place for it either, delivery stands still
 * until there is.
 *
 * Imports `spillway`, `store`, `sinks`, `observe`, `config`.
 */
import { type Backoff, type Clock, fullJitterBackoff, Processor } from 'spillway'
import type { StreamSettings } from '../config/stream-settings.ts'
import type { ObservedWorkers } from '../observe/snapshot.ts'
import type { StreamWatch } from '../observe/stream-watch.ts'
import type { DeliveryOutcome, Sink } from '../sinks/sink.ts'
import { failureSentence, type SinkHealth } from '../sinks/sink-health.ts'
import type { StoredEvent, StreamStore } from '../store/store.ts'
import { BacklogReader, type ReadStep } from './backlog-reader.ts'
import { BombWatch, type MeasuredWorkers } from './bomb-watch.ts'
import type { Due } from './due-times.ts'
import { KeyBlocks } from './key-blocks.ts'
import { Pace } from './pace.ts'
import { type Parcel, ParcelLimit, parcelSize, parcelsOf, weightOf } from './parcels.ts'
import { Pauses } from './pauses.ts'
import { Retries } from './retries.ts'
import { SinkRest } from './sink-rest.ts'
import { SteeredLimit } from './steered-limit.ts'

/** The most that is read in one step; of a small window, half. */
const STEP = { items: 512, bytes: 2 ** 20 }
/** How long to wait after the backlog could not be read. */
const READ_AGAIN_MS = 1000

type Failure = Exclude<DeliveryOutcome, { kind: 'delivered' }>

/** What a delivery tells others. */
export interface DeliveryVoice {
  /** So many events left the backlog. */
  onLeft(count: number): void
  /** A delivery failed: it will be tried again, or the event was set aside. */
  onTrouble(error: unknown, next: 'again' | 'set-aside'): void
  /** There is no place for another dead letter: delivery stands still. */
  onDeadLettersFull(): void
  /** The window holds more work than anybody waits for: what of it, and what to do. */
  onTimeBomb(sentence: string): void
  /** The store failed. */
  onFault(error: unknown): void
}

/** What a delivery is made of. */
export interface DeliveryOptions extends DeliveryVoice {
  readonly settings: StreamSettings
  readonly store: StreamStore
  readonly sink: Sink
  readonly health: SinkHealth
  readonly watch: StreamWatch
  readonly clock: Clock
  readonly wallNowMs: () => number
  readonly random: () => number
}

/** Delivers one stream. */
export class Delivery {
  readonly reader: BacklogReader
  readonly pauses: Pauses
  readonly #options: DeliveryOptions
  readonly #limit: SteeredLimit
  readonly #parcelLimit: ParcelLimit
  /** How many events a parcel may have. */
  #parcelSize: number
  /** How many parcels there are places for: no more may ask for them together. */
  #places: number
  readonly #pace: Pace
  readonly #window: Processor<Parcel, void>
  readonly #retries: Retries
  readonly #backoff: Backoff
  readonly #rest: SinkRest
  readonly #bombs: BombWatch
  /** Only of a stream that keeps order. */
  readonly #blocks: KeyBlocks | undefined
  #inFlight = 0
  /** Those in flight that were deferred before: the store has them down as waiting for it until they are settled. */
  readonly #triedAgain = new Set<number>()
  #delivered: number[] = []
  #isStopped = false

  constructor(options: DeliveryOptions) {
    const { settings, store, sink, random, clock, wallNowMs } = options
    this.#options = options
    this.reader = new BacklogReader(store, stepOf(settings))
    this.#limit = new SteeredLimit(settings.concurrency)
    this.#parcelSize = parcelSize(settings, sink.takesMany === true)
    this.#places = placesOf(settings, this.#parcelSize)
    this.#parcelLimit = new ParcelLimit(this.#limit, this.#parcelSize)
    this.#window = this.#openWindow()
    this.pauses = new Pauses(() => this.#steer())
    this.#pace = new Pace(settings.rate, clock, () => this.#steer())
    const bringBack = (due: Due): Promise<void> => this.#bringBack(due)
    this.#retries = new Retries({ clock, wallNowMs, bringBack })
    const { baseMs, maxMs } = settings.retry
    this.#backoff = fullJitterBackoff({ baseMs, maxMs, random })
    this.#rest = new SinkRest(this.pauses, this.#backoff, clock)
    this.#bombs = new BombWatch(settings, options.onTimeBomb)
    this.#blocks = settings.orderBy === undefined ? undefined : new KeyBlocks()
  }

  /** Takes up the retries that the last run left, then delivers. */
  async start(): Promise<void> {
    const { store } = this.#options
    for (const { seq, dueAtMs } of store.deferred().toSorted((a, b) => a.seq - b.seq)) {
      const key = this.#blocks ? (await store.get(seq))?.key : undefined
      if (key !== undefined && this.#blocks?.mayGo(key, seq) === false) continue
      if (key !== undefined) this.#blocks?.block(key, seq)
      this.#retries.add({ seq, key, atMs: dueAtMs, isRetry: true })
    }
    void this.#readOn()
  }

  /** Events that the sink has, and that are not settled. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** How many of those are being tried again. */
  get triedAgain(): number {
    return this.#triedAgain.size
  }

  /** The workers, as they are now. */
  stats(): ObservedWorkers {
    const { sojournP99Ms, serviceP50Ms, serviceP99Ms } = this.#window.stats()
    return { concurrency: this.#limit.limit, sojournP99Ms, serviceP50Ms, serviceP99Ms }
  }

  /** Other settings from now on: what an operator may change of `rate`, `window` and `concurrency`. */
  resettle(settings: StreamSettings): void {
    this.#limit.set(settings.concurrency)
    this.#pace.set(settings.rate)
    this.#parcelSize = parcelSize(settings, this.#options.sink.takesMany === true)
    this.#parcelLimit.setMost(this.#parcelSize)
    this.#places = placesOf(settings, this.#parcelSize)
    if (settings.whenFull !== 'drop-oldest') this.#window.setCapacity(this.#places)
    this.reader.setStep(stepOf(settings))
    this.#bombs.resettle(settings)
    // More may run at once than before.
    this.#steer()
  }

  /** Begins no more deliveries. */
  stop(): void {
    this.#isStopped = true
    this.#pace.stop()
    this.reader.end()
    this.#retries.stop()
    this.#window.pause()
    this.#window.close()
    this.#window.purge()
  }

  readonly #measured = (): MeasuredWorkers => this.#window.stats()

  #steer(): void {
    if (this.pauses.all().length > 0 || this.#pace.isHeld) this.#window.pause()
    else this.#window.resume()
  }

  #openWindow(): Processor<Parcel, void> {
    const { settings, clock } = this.#options
    const { window, whenFull, orderBy } = settings
    return new Processor<Parcel, void>({
      handle: (parcel) => this.#deliver(parcel),
      // What may yet be pushed out stays with the reader.
      capacity: { items: whenFull === 'drop-oldest' ? 0 : this.#places, weight: window.bytes },
      weigh: (parcel) => Math.min(weightOf(parcel), window.bytes),
      whenFull: 'block',
      concurrency: this.#parcelLimit,
      orderBy: orderBy === undefined ? undefined : laneOf,
      // What failed was dealt with before its worker was told.
      onError: () => {},
      // It counts parcels, and is asked for events: `bomb-watch.ts` tells of those.
      patienceMs: Number.POSITIVE_INFINITY,
      clock,
    })
  }

  async #readOn(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#enqueueAll(await this.reader.next())
      } catch (error) {
        if (this.#isStopped) return
        this.#options.onFault(error)
        await new Promise<void>((resolve) => this.#options.clock.schedule(READ_AGAIN_MS, resolve))
      }
    }
  }

  /** Gives events their places: together, but for what was read before the window was made smaller. */
  async #enqueueAll(events: readonly StoredEvent[]): Promise<void> {
    const parcels = parcelsOf(events, this.#parcelSize)
    for (let at = 0; at < parcels.length; ) {
      const part = at === 0 && parcels.length <= this.#places ? parcels : parcels.slice(at, at + this.#places)
      await this.#window.enqueueAll(part)
      at += part.length
    }
  }

  async #bringBack(due: Due): Promise<void> {
    const { seq, key } = due
    try {
      const event = await this.#options.store.get(seq)
      if (event) await this.#window.enqueue([event])
      else this.#goOn(key, seq)
    } catch (error) {
      if (this.#isStopped) return
      this.#options.onFault(error)
      // It could not be read: a broker that is away, say. Everything of its key waits for it.
      this.#retries.add({ ...due, atMs: this.#options.wallNowMs() + READ_AGAIN_MS })
    }
  }

  #deliver(parcel: Parcel): Promise<void> | undefined {
    const { length } = parcel
    const { key, seq, attempts, dueAtMs } = parcel[0] as StoredEvent // a parcel is never empty
    // A stream that keeps order has one event in each parcel.
    if (key !== undefined && this.#blocks?.mayGo(key, seq) === false) return undefined
    this.#pace.began(length)
    this.#inFlight += length
    if (dueAtMs > 0) this.#triedAgain.add(seq) // what is brought back is a parcel of its own
    this.#parcelLimit.began(length)
    this.#options.watch.began(length)
    // No async function: on the way of every event it would cost another promise.
    return this.#options.sink.deliver(parcel, { attempt: attempts + 1 }).then((outcome) => {
      this.#parcelLimit.ended(length)
      return outcome.kind === 'delivered' ? this.#succeeded(parcel) : this.#failed(parcel, outcome)
    })
  }

  #succeeded(parcel: Parcel): void {
    this.#rest.answered()
    this.#bombs.delivered(this.#measured)
    // What was delivered in one turn is settled together.
    if (this.#delivered.length === 0) queueMicrotask(() => void this.#settleAll())
    for (const { key, seq } of parcel) {
      this.#retries.onDelivered()
      this.#delivered.push(seq)
      this.#goOn(key, seq)
    }
  }

  /** @throws what it failed with: it tells the worker's limit whether that was overload */
  async #failed(parcel: Parcel, outcome: Failure): Promise<void> {
    // Given up by the stop, it was no attempt: it stays in the backlog.
    if (this.#isStopped && outcome.kind === 'again') for (const { seq } of parcel) this.#comesBack(seq)
    else await Promise.all(parcel.map((event) => this.#dealWith(event, outcome)))
    throw outcome.cause
  }

  async #settleAll(): Promise<void> {
    const seqs = this.#delivered
    this.#delivered = []
    this.#inFlight -= seqs.length
    if (this.#triedAgain.size > 0) for (const seq of seqs) this.#triedAgain.delete(seq)
    this.#options.health.succeeded()
    this.#options.watch.left(seqs.length)
    try {
      this.#options.onLeft(await this.#options.store.settle(seqs, 'delivered'))
    } catch (error) {
      this.#options.onFault(error)
    }
  }

  /** The key of an event that is done with is free for its next. */
  #goOn(key: string | undefined, seq: number): void {
    if (key === undefined) return
    const next = this.#blocks?.release(key, seq)
    if (next !== undefined) this.#retries.add({ seq: next, key, atMs: 0, isRetry: false })
  }

  async #dealWith(event: StoredEvent, outcome: Failure): Promise<void> {
    const { settings, wallNowMs, health, onTrouble, onFault } = this.#options
    health.failed(outcome)
    const isAbsent = outcome.kind === 'again' && outcome.isAbsent === true
    const attempts = event.attempts + (isAbsent ? 0 : 1)
    const isTooOld = wallNowMs() - event.receivedAtMs > settings.backlog.maxAgeMs
    const isLast = outcome.kind === 'never' || attempts >= settings.retry.attempts || isTooOld
    if (isAbsent) this.#rest.absent()
    else this.#rest.asked(retryAfterOf(outcome))
    onTrouble(outcome.cause, isLast ? 'set-aside' : 'again')
    try {
      if (isLast) await this.#setAside({ ...event, attempts }, failureSentence(outcome.cause))
      else await this.#defer({ ...event, attempts }, Math.max(this.#backoff(attempts), retryAfterOf(outcome)))
    } catch (error) {
      onFault(error)
    }
  }

  async #setAside(event: StoredEvent, why: string): Promise<void> {
    const { store, onLeft, onDeadLettersFull, settings } = this.#options
    const { key, seq, attempts } = event
    const done = store.deadLetter(seq, why, attempts)
    this.#inFlight--
    this.#triedAgain.delete(seq)
    let isSetAside = true
    try {
      isSetAside = await done
    } finally {
      // What can't be noted is set aside all the same, until the next start.
      if (isSetAside) {
        this.#options.watch.left(1)
        onLeft(1)
        this.#goOn(key, seq)
      }
    }
    if (isSetAside) return
    this.#inFlight++
    if (this.pauses.add('dead-letters-full')) onDeadLettersFull()
    await this.#defer(event, settings.retry.baseMs)
  }

  async #defer({ seq, key, attempts }: StoredEvent, delayMs: number): Promise<void> {
    const { store, wallNowMs } = this.#options
    const atMs = Math.ceil(wallNowMs() + delayMs)
    if (key !== undefined) this.#blocks?.block(key, seq)
    const done = store.defer([{ seq, attempts, dueAtMs: atMs }])
    this.#comesBack(seq)
    try {
      await done
    } finally {
      // What can't be noted is tried again all the same.
      this.#retries.add({ seq, key, atMs, isRetry: true })
    }
  }

  /** An event is no longer being delivered, and stays in the backlog. */
  #comesBack(seq: number): void {
    this.#inFlight--
    this.#triedAgain.delete(seq)
    this.#options.watch.failed()
  }
}

/** How many parcels of this size the window holds. */
function placesOf({ window }: Pick<StreamSettings, 'window'>, size: number): number {
  return Math.max(1, Math.floor(window.items / size))
}

/** An event without a key has no order to keep: a lane of its own. */
function laneOf(parcel: Parcel): string {
  const { key, seq } = parcel[0] as StoredEvent // a parcel is never empty
  return key === undefined ? `#${seq}` : `/${key}`
}

/** What may yet be pushed out is handed out one by one, as workers come free. */
function stepOf({ window, whenFull }: Pick<StreamSettings, 'window' | 'whenFull'>): ReadStep {
  if (whenFull === 'drop-oldest') return { items: 1, bytes: window.bytes }
  return {
    items: Math.min(STEP.items, Math.ceil(window.items / 2)),
    bytes: Math.min(STEP.bytes, Math.ceil(window.bytes / 2)),
  }
}

function retryAfterOf(outcome: Failure): number {
  return outcome.kind === 'again' ? (outcome.retryAfterMs ?? 0) : 0
}
