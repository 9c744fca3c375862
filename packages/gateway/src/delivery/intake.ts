/**
 * The way into a stream: straight to the store when there is room, otherwise
 * what the stream does when it is full: wait in line, refuse, or push out the
 * oldest. What there is room for, `places` knows; here is decided who takes it
 * now, who waits, and who is refused.
 *
 * The last of the room is kept for tenants that took less than others lately.
 * Those who wait take turns by tenant, at most `maxWaiting` of them, each at
 * most `enqueueTimeoutMs`. A place once given is never taken back: who is being
 * stored is waited for, on a disk whatever the time, on a broker as long as is
 * left of `enqueueTimeoutMs`. Feeds wait in the same line without a bound of
 * time, whatever the stream does with others: there are few of them, each has
 * one batch in line, and what they wait for they don't send.
 *
 * Imports `spillway`, `store`, `protocol`, `config`.
 */
import { type Cancel, type Clock, type OverloadCode, type Refusal, refusal, refusalError } from 'spillway'
import type { StreamSettings } from '../config/stream-settings.ts'
import type { Receipt } from '../protocol/receipt.ts'
import type { NewEvent, StreamStore } from '../store/store.ts'
import { type Batch, batchOf } from './batch.ts'
import { PartTaker, type TakeAll } from './part-taker.ts'
import { Places } from './places.ts'
import { PushIn } from './push-in.ts'
import type { TakeRefusal } from './take-refusal.ts'
import { WaitForecast } from './wait-forecast.ts'
import { type Waiter, WaitingLine } from './waiting-line.ts'

/** How soon room that is kept from all who wait may be theirs, though nothing leaves: who it is kept for may be gone. */
const KEPT_AGAIN_MS = 1000

/** Who got a place at the last moment still has so long for the commit. */
const LEAST_COMMIT_MS = 50

const NOTHING = Promise.resolve(undefined)

/** How long a batch may wait for its places. */
interface Patience {
  readonly signal: AbortSignal | undefined
  /** Until when; `Infinity` as long as it takes. */
  readonly deadlineMs: number
}

/** What an intake is made of. */
export interface IntakeOptions {
  readonly streamName: string
  readonly settings: Pick<StreamSettings, 'class' | 'whenFull' | 'enqueueTimeoutMs' | 'maxWaiting'>
  readonly store: StreamStore
  readonly clock: Clock
  backlog(): StreamSettings['backlog']
  /** Pushes out the oldest that are not being delivered; how many that were. */
  evictOldest(items: number, bytes: number): Promise<number>
  /** So many events were taken together, or pushed out for others. */
  onTaken?(accepted: number): void
  onEvicted?(count: number): void
  /** So many found no place, of a request that was taken in part. */
  onPartRefused?(count: number): void
}

/** Takes events into the store. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #places: Places
  readonly #parts: PartTaker
  readonly #pushIn: PushIn
  readonly #line: WaitingLine
  readonly #forecast: WaitForecast
  #closed = false
  #lookAgain: Cancel | undefined

  constructor(options: IntakeOptions) {
    this.#options = options
    const { clock, settings, onPartRefused } = options
    this.#places = new Places(options)
    const takeAll: TakeAll = (part) => this.#tryTake(batchOf(part), undefined)
    this.#parts = new PartTaker(this.#places, takeAll, onPartRefused)
    this.#pushIn = new PushIn(options, async (batch) => this.#took(await this.#places.take(batch)))
    this.#forecast = new WaitForecast(settings.enqueueTimeoutMs, clock)
    this.#line = new WaitingLine({
      clock,
      maxWaiting: settings.maxWaiting,
      mayTake: this.#mayTake,
      onVain: this.#onVain,
      onAborted: this.#onAborted,
    })
  }

  /** Requests that wait for room. */
  get waiting(): number {
    return this.#line.size
  }

  /** Events that found no place, of requests that were taken in part. */
  get refusedEvents(): number {
    return this.#parts.refused
  }

  /** Why nothing can be kept; `undefined` when all is well, and for one newcomer in a while, which tries anew. */
  failure(): TakeRefusal | undefined {
    return this.#places.failure()
  }

  /** What the store said when it last was asked to keep events, if it could not. */
  get trouble(): string | undefined {
    return this.#places.trouble
  }

  /** The stream may hold more or less than before. */
  resized(): void {
    this.#places.resized()
    this.serve()
  }

  /** The refusal that a newcomer of `tenant` would meet now; changes nothing. */
  predict(bytes: number, tenant: string = ''): Refusal | undefined {
    const { whenFull } = this.#options.settings
    if (this.#closed) return refusal('ERR_CLOSED')
    const areForOthers = this.#places.areForOthers(tenant)
    if (whenFull !== 'block' && areForOthers) return refusal('ERR_QUEUE_FULL')
    if (whenFull === 'drop-oldest') return undefined
    const hasRoom = !areForOthers && this.#places.has(1, Math.min(bytes, this.#options.backlog().bytes))
    if (hasRoom && !this.#line.holds(tenant)) return undefined
    if (whenFull === 'reject') return refusal('ERR_QUEUE_FULL')
    if (!this.#line.hasPlaceFor(tenant)) return refusal('ERR_TOO_MANY_WAITING')
    return this.#forecast.refusal(this.#line.itemsAhead(tenant))
  }

  /** Takes events: all or none, or where the stream is not critical, as many of the first as there is room for. */
  async take(events: readonly NewEvent[], signal: AbortSignal | undefined): Promise<Receipt> {
    const { clock, settings } = this.#options
    const { whenFull, enqueueTimeoutMs } = settings
    const batch = batchOf(events)
    const deadlineMs = clock.nowMs() + enqueueTimeoutMs
    if (whenFull === 'block') return this.#takeOrWait(batch, { signal, deadlineMs })
    if (this.#places.areForOthers(batch.tenant)) throw this.#refused('ERR_QUEUE_FULL')
    let receipt = await this.#tryTake(batch, signal)
    if (!receipt && whenFull === 'drop-oldest') receipt = await this.#pushIn.take(batch)
    receipt ??= await this.#takePart(batch)
    if (!receipt) throw this.#refused('ERR_QUEUE_FULL')
    return receipt
  }

  /** Takes events, all or none, as soon as there is room. */
  async takePatiently(events: readonly NewEvent[], signal: AbortSignal | undefined): Promise<Receipt> {
    const batch = batchOf(events)
    const patience = { signal, deadlineMs: Number.POSITIVE_INFINITY }
    if (this.#options.settings.whenFull !== 'drop-oldest') return this.#takeOrWait(batch, patience)
    const receipt = (await this.#tryTake(batch, signal)) ?? (await this.#pushIn.take(batch))
    return receipt ?? this.#wait(batch, patience)
  }

  /** So many events left the stream. */
  left(count: number): void {
    this.#forecast.left(count)
    this.serve()
  }

  /** Gives those in line their places, as far as there is room. */
  serve(): void {
    for (;;) {
      const next = this.#line.next()
      if (!next) break
      if (!this.#places.has(next.items, next.bytes)) return
      this.#line.serve(next)
      void this.#takeFor(next)
    }
    this.#serveLater()
  }

  /** Takes nothing more, and refuses those who wait. */
  close(): void {
    this.#closed = true
    this.#lookAgain?.()
    for (const waiter of this.#line.all()) {
      this.#line.remove(waiter)
      waiter.reject(this.#refused('ERR_CLOSED'))
    }
  }

  async #takeOrWait(batch: Batch, patience: Patience): Promise<Receipt> {
    const receipt = this.#isNext(batch.tenant) ? await this.#tryTake(batch, patience.signal) : undefined
    return receipt ?? this.#wait(batch, patience)
  }

  /** Whether nobody in line comes before a newcomer of this tenant. */
  #isNext(tenant: string): boolean {
    return this.#mayTake(tenant) && (this.#line.size === 0 || !this.#line.next())
  }

  /** What is left is kept from all in line. */
  #serveLater(): void {
    if (this.#line.size === 0 || this.#closed) return
    this.#lookAgain ??= this.#options.clock.schedule(KEPT_AGAIN_MS, () => {
      this.#lookAgain = undefined
      this.serve()
    })
  }

  /** Takes a batch if there is room; `undefined` when there is none. */
  async #tryTake(batch: Batch, signal: AbortSignal | undefined): Promise<Receipt | undefined> {
    signal?.throwIfAborted()
    if (this.#closed) throw this.#refused('ERR_CLOSED')
    return this.#took(await this.#places.take(batch))
  }

  /** Takes the first of these events, as many as there is room for; a critical stream takes no parts. */
  #takePart({ events }: Batch): Promise<Receipt | undefined> {
    return this.#options.settings.class === 'critical' ? NOTHING : this.#parts.take(events)
  }

  #wait(batch: Batch, { signal, deadlineMs }: Patience): Promise<Receipt> {
    // Closed or aborted while the store was asked.
    if (this.#closed) return Promise.reject(this.#refused('ERR_CLOSED'))
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const waiter = { ...batch, deadlineMs, signal, resolve, reject }
      if (!this.#line.join(waiter)) reject(this.#refused('ERR_TOO_MANY_WAITING'))
      // Room may have come while the store said that there was none.
      else this.serve()
    })
  }

  readonly #mayTake = (tenant: string): boolean => !this.#places.areForOthers(tenant)

  readonly #onVain = (waiter: Waiter, wasNext: boolean): void => {
    this.#forecast.waitedInVain(waiter.deadlineMs - this.#options.settings.enqueueTimeoutMs)
    // What is free is too little for whoever is next: if that was somebody else, it is not this one's to take.
    const part = wasNext ? this.#takePart(waiter) : NOTHING
    const end = part.then((receipt) => {
      if (receipt) waiter.resolve(receipt)
      else waiter.reject(this.#refused('ERR_WAIT_TIMEOUT'))
    })
    void end.catch(waiter.reject).then(() => this.serve())
  }

  readonly #onAborted = (waiter: Waiter): void => {
    waiter.reject(waiter.signal?.reason)
    this.serve()
  }

  /** Takes the batch of someone whose turn it is. */
  async #takeFor(waiter: Waiter): Promise<void> {
    try {
      const leftMs = Math.max(LEAST_COMMIT_MS, waiter.deadlineMs - this.#options.clock.nowMs())
      const within = Number.isFinite(leftMs) ? { timeoutMs: leftMs } : undefined
      const receipt = this.#took(await this.#places.take(waiter, within))
      if (receipt) waiter.resolve(receipt)
      else this.#wentInVain(waiter)
    } catch (error) {
      waiter.reject(error)
    }
  }

  /** There seemed to be room, and there was none: the age of the oldest, or what waits for its commit. Back to the head of the line. */
  #wentInVain(waiter: Waiter): void {
    if (this.#closed || waiter.signal?.aborted) {
      waiter.reject(this.#closed ? this.#refused('ERR_CLOSED') : waiter.signal?.reason)
      return
    }
    this.#line.putBack(waiter)
  }

  #took(receipt: Receipt | undefined): Receipt | undefined {
    if (!receipt) return undefined
    this.#options.onTaken?.(receipt.accepted)
    // What was committed no longer waits for its commit: there may be room for the next.
    if (this.#line.size > 0) this.serve()
    return receipt
  }

  #refused(code: OverloadCode): Error {
    return refusalError(`stream ${this.#options.streamName}`, refusal(code))
  }
}
