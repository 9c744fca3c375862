/**
 * The way into a stream: straight to the store when there is room, otherwise
 * what the stream does when it is full: wait in line, refuse, or push out the
 * oldest.
 *
 * The last of the room is kept for tenants that took less than others lately.
 * Those who wait take turns by tenant, at most `maxWaiting` of them, each at
 * most `enqueueTimeoutMs`. A place once given is never taken back: who is being
 * stored is waited for, on a disk whatever the time, on a broker as long as is
 * left of `enqueueTimeoutMs`. Feeds wait in the same line,
 * without a bound of time, whatever the stream does with others: there are few
 * of them, each has one batch in line, and what they wait for they don't send.
 *
 * Imports `spillway`, `store`, `protocol`.
 */
import { type Cancel, type Clock, type OverloadCode, type Refusal, refusal, refusalError } from 'spillway'
import type { StreamSettings } from '../config/stream-settings.ts'
import type { Receipt } from '../protocol/receipt.ts'
import type { AppendResult, NewEvent, StreamStore } from '../store/store.ts'
import { Departures } from './departures.ts'
import { KeptRoom } from './kept-room.ts'
import { PartTaker, type TakeAll } from './part-taker.ts'
import { Room } from './room.ts'
import { StoreTrouble } from './store-trouble.ts'
import { TakeRefusal } from './take-refusal.ts'
import { type Waiter, WaitingLine } from './waiting-line.ts'

/** After someone waited in vain, and while nothing leaves, one newcomer in so many milliseconds may try. */
const PROBE_MS = 1000

/** How soon room that is kept from all who wait may be theirs, though nothing leaves: who it is kept for may be gone. */
const KEPT_AGAIN_MS = 1000

/** Who got a place at the last moment still has so long for the commit. */
const LEAST_COMMIT_MS = 50

const NOTHING = Promise.resolve(undefined)

/** How some events are taken. */
interface TakeManner {
  readonly bytes: number
  readonly signal: AbortSignal | undefined
  /** Until when they wait; `Infinity` as long as it takes. */
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
  readonly #departures = new Departures()
  readonly #room: Room
  readonly #trouble: StoreTrouble
  readonly #kept: KeptRoom
  readonly #parts: PartTaker
  readonly #line: WaitingLine
  #closed = false
  #lookAgain: Cancel | undefined
  /** When someone last waited in vain and nothing left meanwhile; `undefined` once something left after that. */
  #vainMs: number | undefined
  #lastLeftMs = Number.NEGATIVE_INFINITY

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#room = new Room(options.store, () => options.backlog())
    this.#kept = new KeptRoom(this.#room, () => options.backlog(), options.clock)
    this.#trouble = new StoreTrouble(options.clock)
    const { clock, settings, onPartRefused } = options
    const takeAll: TakeAll = (part) => this.#tryTake(part, payloadBytes(part), undefined)
    this.#parts = new PartTaker(this.#room, takeAll, onPartRefused)
    this.#line = new WaitingLine({
      clock,
      maxWaiting: settings.maxWaiting,
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
    return this.#trouble.failure()
  }

  /** What the store said when it last was asked to keep events, if it could not. */
  get trouble(): string | undefined {
    return this.#trouble.latest?.detail
  }

  /** The stream may hold more or less than before. */
  resized(): void {
    this.#room.forget()
    this.serve()
  }

  /** The refusal that a newcomer of `tenant` would meet now; changes nothing. */
  predict(bytes: number, tenant: string = ''): Refusal | undefined {
    const { settings, clock } = this.#options
    const { whenFull } = settings
    if (this.#closed) return refusal('ERR_CLOSED')
    const isForOthers = this.#kept.isForOthers(tenant)
    if (whenFull !== 'block' && isForOthers) return refusal('ERR_QUEUE_FULL')
    if (whenFull === 'drop-oldest') return undefined
    const hasRoom = !isForOthers && this.#room.has(1, Math.min(bytes, this.#options.backlog().bytes))
    if (hasRoom && !this.#line.holds(tenant)) return undefined
    if (whenFull === 'reject') return refusal('ERR_QUEUE_FULL')
    return this.#predictWait(tenant, clock.nowMs())
  }

  /** Takes events: all or none, or where the stream is not critical, as many of the first as there is room for. */
  async take(events: readonly NewEvent[], signal: AbortSignal | undefined): Promise<Receipt> {
    const { clock, settings } = this.#options
    const { whenFull, enqueueTimeoutMs } = settings
    const bytes = payloadBytes(events)
    const deadlineMs = clock.nowMs() + enqueueTimeoutMs
    if (whenFull === 'block') return this.#takeOrWait(events, { bytes, signal, deadlineMs })
    if (this.#kept.isForOthers(tenantOf(events))) throw this.#refused('ERR_QUEUE_FULL')
    let result = await this.#tryTake(events, bytes, signal)
    if (!result && whenFull === 'drop-oldest') result = await this.#pushIn(events, bytes)
    result ??= await this.#takePart(events)
    if (!result) throw this.#refused('ERR_QUEUE_FULL')
    return result
  }

  /** Takes events, all or none, as soon as there is room. */
  async takePatiently(events: readonly NewEvent[], signal: AbortSignal | undefined): Promise<Receipt> {
    const how = { bytes: payloadBytes(events), signal, deadlineMs: Number.POSITIVE_INFINITY }
    if (this.#options.settings.whenFull !== 'drop-oldest') return this.#takeOrWait(events, how)
    const result = (await this.#tryTake(events, how.bytes, signal)) ?? (await this.#pushIn(events, how.bytes))
    return result ?? this.#wait(events, how)
  }

  /** So many events left the stream. */
  left(count: number): void {
    this.#lastLeftMs = this.#options.clock.nowMs()
    this.#departures.add(count, this.#lastLeftMs)
    this.#vainMs = undefined
    this.serve()
  }

  /** Gives those in line their places, as far as there is room. */
  serve(): void {
    for (;;) {
      const next = this.#line.next(this.#mayTake)
      if (!next) break
      if (!this.#room.has(next.items, next.bytes)) return
      this.#line.serve(next)
      void this.#store(next)
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

  async #takeOrWait(events: readonly NewEvent[], how: TakeManner): Promise<Receipt> {
    const result = this.#isNext(tenantOf(events))
      ? await this.#tryTake(events, how.bytes, how.signal)
      : undefined
    return result ?? this.#wait(events, how)
  }

  /** Whether nobody in line comes before a newcomer of this tenant. */
  #isNext(tenant: string): boolean {
    return this.#mayTake(tenant) && (this.#line.size === 0 || !this.#line.next(this.#mayTake))
  }

  /** What is left is kept from all in line. */
  #serveLater(): void {
    if (this.#line.size === 0 || this.#closed) return
    this.#lookAgain ??= this.#options.clock.schedule(KEPT_AGAIN_MS, () => {
      this.#lookAgain = undefined
      this.serve()
    })
  }

  /** Takes events if there is room; `undefined` when there is none. */
  async #tryTake(
    events: readonly NewEvent[],
    bytes: number,
    signal: AbortSignal | undefined,
  ): Promise<Receipt | undefined> {
    signal?.throwIfAborted()
    if (this.#closed) throw this.#refused('ERR_CLOSED')
    const result = await this.#append(events, bytes)
    if (result.taken) return this.#took(result)
    if (!isFull(result)) throw this.#errorOf(result)
    return undefined
  }

  /** Takes the first of these events, as many as there is room for; a critical stream takes no parts. */
  #takePart(events: readonly NewEvent[]): Promise<Receipt | undefined> {
    return this.#options.settings.class === 'critical' ? NOTHING : this.#parts.take(events)
  }

  #predictWait(tenant: string, nowMs: number): Refusal | undefined {
    const { enqueueTimeoutMs } = this.#options.settings
    if (!this.#line.hasPlaceFor(tenant)) return refusal('ERR_TOO_MANY_WAITING')
    const ratePerMs = this.#departures.ratePerMs(nowMs)
    const waitMs = ratePerMs === undefined ? 0 : (this.#line.itemsAhead(tenant) + 1) / ratePerMs
    if (waitMs > enqueueTimeoutMs) return refusal('ERR_BUDGET_UNREACHABLE', waitMs - enqueueTimeoutMs)
    const isVain = this.#vainMs !== undefined && nowMs - this.#vainMs < PROBE_MS
    return isVain ? refusal('ERR_BUDGET_UNREACHABLE') : undefined
  }

  #wait(events: readonly NewEvent[], { bytes, signal, deadlineMs }: TakeManner): Promise<Receipt> {
    // Closed or aborted while the store was asked.
    if (this.#closed) return Promise.reject(this.#refused('ERR_CLOSED'))
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const lane = { tenant: tenantOf(events), items: events.length }
      const waiter = { ...lane, events, bytes, deadlineMs, signal, resolve, reject }
      if (!this.#line.join(waiter)) reject(this.#refused('ERR_TOO_MANY_WAITING'))
      // Room may have come while the store said that there was none.
      else this.serve()
    })
  }

  readonly #mayTake = (tenant: string): boolean => !this.#kept.isForOthers(tenant)

  readonly #onVain = (waiter: Waiter, wasNext: boolean): void => {
    const { clock, settings } = this.#options
    // That others were before it says nothing to those whose turn comes sooner.
    if (this.#lastLeftMs <= waiter.deadlineMs - settings.enqueueTimeoutMs) this.#vainMs = clock.nowMs()
    // What is free is too little for whoever is next: if that was somebody else, it is not this one's to take.
    const isItsOwn = wasNext && !this.#kept.isForOthers(waiter.tenant)
    const part = isItsOwn ? this.#takePart(waiter.events) : NOTHING
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

  async #store(waiter: Waiter): Promise<void> {
    try {
      const leftMs = Math.max(LEAST_COMMIT_MS, waiter.deadlineMs - this.#options.clock.nowMs())
      const within = Number.isFinite(leftMs) ? { timeoutMs: leftMs } : undefined
      const result = await this.#append(waiter.events, waiter.bytes, within)
      if (result.taken) waiter.resolve(this.#took(result))
      else if (!isFull(result)) waiter.reject(this.#errorOf(result))
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

  /** Takes events in the place of the oldest; `undefined` when all of those are being delivered. */
  async #pushIn(events: readonly NewEvent[], bytes: number): Promise<Receipt | undefined> {
    const { store, evictOldest, backlog } = this.#options
    for (;;) {
      const { items, bytes: mostBytes } = backlog()
      const counts = store.counts()
      const overItems = counts.backlog.items + counts.committing.items + events.length - items
      const overBytes = counts.backlog.bytes + counts.committing.bytes + bytes - mostBytes
      const evicted = await evictOldest(overItems, overBytes)
      this.#options.onEvicted?.(evicted)
      const result = await this.#append(events, bytes)
      if (result.taken) return this.#took(result)
      if (!isFull(result)) throw this.#errorOf(result)
      if (evicted === 0) return undefined
    }
  }

  async #append(
    events: readonly NewEvent[],
    bytes: number,
    within?: { readonly timeoutMs: number },
  ): Promise<AppendResult> {
    const tenant = tenantOf(events)
    this.#room.use(events.length, bytes)
    const taken = this.#kept.took(tenant, events.length)
    let accepted = 0
    try {
      const result = await this.#options.store.append(events, within)
      if (result.taken) {
        accepted = result.accepted
        this.#trouble.passed()
      } else if (isFull(result)) {
        this.#room.forget()
      }
      return result
    } finally {
      // What it did not get, or did not need.
      taken.add(tenant, accepted - events.length)
    }
  }

  #took({ accepted, duplicates, durability }: AppendResult & { taken: true }): Receipt {
    this.#options.onTaken?.(accepted)
    // What was committed no longer waits for its commit: there may be room for the next.
    if (this.#line.size > 0) this.serve()
    return { accepted, duplicates, durability }
  }

  #errorOf({ reason, detail, index }: AppendResult & { taken: false }): Error {
    switch (reason) {
      case 'too-large':
      case 'id-conflict':
        return new TakeRefusal(reason, detail, index)
      case 'no-space':
      case 'failed': {
        const refusal = new TakeRefusal(reason, detail)
        this.#trouble.met(refusal)
        return refusal
      }
      case 'closed':
        return this.#refused('ERR_CLOSED')
      default:
        return this.#refused('ERR_QUEUE_FULL')
    }
  }

  #refused(code: OverloadCode): Error {
    return refusalError(`stream ${this.#options.streamName}`, refusal(code))
  }
}

/** Whose they are: one request is one tenant’s. */
function tenantOf(events: readonly NewEvent[]): string {
  return events[0]?.tenant ?? ''
}

function payloadBytes(events: readonly NewEvent[]): number {
  let bytes = 0
  for (const { payload } of events) bytes += payload.length
  return bytes
}

function isFull({ reason }: AppendResult & { taken: false }): boolean {
  return (
    reason === 'items-full' || reason === 'bytes-full' || reason === 'age-full' || reason === 'commit-full'
  )
}
