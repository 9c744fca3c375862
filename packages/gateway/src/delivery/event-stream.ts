/**
 * One stream: what takes its events, what keeps them, and what delivers them.
 *
 *   take ─► intake ─► store (202) ─► window ─► sink ─► settled
 *                        ▲             │ failed
 *                        └─ deferred ◄─┴─► dead letters
 *
 * Imports `spillway`, `store`, `sinks`, `observe`, `config`, `protocol`.
 */
import { type Clock, RateLimiter, type Refusal, systemClock, type WaitOptions } from 'spillway'
import type { RateSettings, StreamSettings } from '../config/stream-settings.ts'
import { RequestLedger } from '../observe/request-ledger.ts'
import type { ObservedWorkers } from '../observe/snapshot.ts'
import type { Durability, Receipt } from '../protocol/receipt.ts'
import type { ChangeableSettings, DiagnosisState, SinkState, StreamChange } from '../protocol/state.ts'
import type { Sink } from '../sinks/sink.ts'
import type { EventStore, NewEvent, StreamCounts, StreamStore } from '../store/store.ts'
import { systemWallNowMs } from '../store/wall-clock.ts'
import { DeadLetters } from './dead-letters.ts'
import { Delivery, type DeliveryVoice } from './delivery.ts'
import { Intake } from './intake.ts'
import { type OrderKey, orderKeyAt } from './order-key.ts'
import type { PauseReason } from './pauses.ts'
import { changedSettings } from './stream-change.ts'
import { StreamInsight, type ToldFacts } from './stream-insight.ts'
import type { TakeRefusal } from './take-refusal.ts'

const DRAIN_CHECK_MS = 10

/**
 * The ledger of events, true at any instant:
 * accepted + recovered = delivered + evicted + failed + deadLettered + purged + handedOver + queued + inFlight + retrying.
 */
export interface EventCounts {
  readonly accepted: number
  /** What the start found: backlog and dead letters together. Of a shared stream also what others brought since. */
  readonly recovered: number
  /** Beside `accepted`: events that had been taken before. */
  readonly duplicates: number
  readonly delivered: number
  /** Pushed out by newer ones. */
  readonly evicted: number
  /** Lost by damage to the store. */
  readonly failed: number
  /** Set aside now. */
  readonly deadLettered: number
  readonly purged: number
  /** What other gateways delivered, set aside, put back or purged of a stream that they share. */
  readonly handedOver: number
  readonly queued: number
  readonly inFlight: number
  /** Waiting for their next attempt. */
  readonly retrying: number
}

/** How a stream fares. */
export interface StreamHealth {
  /** Whether events can be kept. When not, every request is refused. */
  readonly takes: boolean
  /** Why delivery stands still; empty when it does not. */
  readonly paused: readonly PauseReason[]
  /** For an operator: what is wrong, and what to do about it. One sentence each. */
  readonly problems: readonly string[]
}

/** What a stream is made of. */
export interface EventStreamOptions extends Omit<DeliveryVoice, 'onLeft'> {
  readonly name: string
  readonly settings: StreamSettings
  /** Where `store` was opened. */
  readonly engine: EventStore
  readonly store: StreamStore
  readonly sink: Sink
  readonly clock?: Clock | undefined
  readonly wallNowMs?: (() => number) | undefined
  readonly random?: (() => number) | undefined
}

/** A named stream of events. */
export class EventStream {
  readonly name: string
  /** The ledger of the requests for this stream. */
  readonly requests: RequestLedger
  readonly deadLetters: DeadLetters
  readonly #engine: EventStore
  readonly #store: StreamStore
  readonly #sink: Sink
  readonly #intake: Intake
  readonly #delivery: Delivery
  readonly #insight: StreamInsight
  readonly #clock: Clock
  readonly #orderKey: OrderKey | undefined
  #settings: StreamSettings
  #ingress: RateLimiter | undefined

  constructor(options: EventStreamOptions) {
    const { name, settings, store, clock = systemClock } = options
    const { wallNowMs = systemWallNowMs, random = Math.random } = options
    this.name = name
    this.#settings = settings
    this.#engine = options.engine
    this.#store = store
    this.#sink = options.sink
    this.#ingress = limiterOf(settings.ingress, clock)
    this.#orderKey = settings.orderBy === undefined ? undefined : orderKeyAt(settings.orderBy)
    this.#clock = clock
    this.#insight = new StreamInsight(settings.sink, { clock, wallNowMs })
    const { watch, sink: health } = this.#insight
    this.requests = new RequestLedger({ clock, onRefused: (code) => watch.refused(code) })
    const onLeft = (count: number): void => this.#intake.left(count)
    this.#delivery = new Delivery({ ...options, health, watch, clock, wallNowMs, random, onLeft })
    this.#intake = new Intake({
      streamName: name,
      settings,
      store,
      clock,
      backlog: () => this.#settings.backlog,
      evictOldest: (items, bytes) => this.#delivery.reader.evictOldest(items, bytes),
      onTaken: (accepted) => watch.took(accepted),
      onEvicted: (count) => watch.evicted(count),
      onPartRefused: (count) => watch.foundNoPlace(count),
    })
    watch.holds(store.counts().backlog.items)
    const onRoom = (): void => {
      this.#delivery.pauses.delete('dead-letters-full')
    }
    this.deadLetters = new DeadLetters(store, onRoom)
  }

  /** Begins to deliver: what was there before, and what comes. */
  start(): Promise<void> {
    return this.#delivery.start()
  }

  /** What was declared, as an operator has changed it since. */
  get settings(): StreamSettings {
    return this.#settings
  }

  /** What the acknowledgement of an event is worth. */
  get durability(): Durability {
    return this.#store.durability
  }

  /** The largest batch that can ever be taken. */
  get maxBatch(): number {
    return this.settings.backlog.items
  }

  /** What arrives above this rate gets 429; `undefined` when any rate may arrive. May be another one the next time. */
  get ingress(): RateLimiter | undefined {
    return this.#ingress
  }

  /**
   * Why nothing can be kept: the store failed, or found no space, when it was last asked. `undefined` when all is well,
   * and now and then for one request, which tries anew.
   */
  failure(): TakeRefusal | undefined {
    return this.#intake.failure()
  }

  /**
   * The refusal that a request would meet now, or `undefined`; cheap, and it changes nothing.
   *
   * @param bytes - what its payloads may weigh: the length of its body, 0 when unknown
   */
  predict(bytes: number, tenant: string = ''): Refusal | undefined {
    return this.#intake.predict(bytes, tenant)
  }

  /**
   * Takes events, all of them or none; resolves when they are as durable as the receipt says. Waits for places at most
   * `enqueueTimeoutMs`.
   *
   * @throws OverloadError when there is no place; TakeRefusal when they can't be taken for another reason;
   * `wait.signal.reason` when aborted before they had their places
   */
  take(events: readonly NewEvent[], wait: Pick<WaitOptions, 'signal'> = {}): Promise<Receipt> {
    this.#insight.watch.brought(events.length)
    return this.#intake.take(this.#withKeys(events), wait.signal)
  }

  /**
   * The same, for a sender that is held back meanwhile: waits for places as long as it takes, on a stream that refuses at
   * once too, and is bound by no `maxWaiting`.
   *
   * @throws as `take`
   */
  takePatiently(events: readonly NewEvent[], wait: Pick<WaitOptions, 'signal'> = {}): Promise<Receipt> {
    return this.#intake.takePatiently(this.#withKeys(events), wait.signal)
  }

  /** The ledger of the events. */
  counts(): EventCounts {
    const counts = this.#store.counts()
    const { inFlight, triedAgain } = this.#delivery
    const { accepted, recovered, duplicates, delivered, evicted, failed, purged, handedOver } = counts
    const { backlog } = counts
    const retrying = counts.deferred - triedAgain
    return {
      ...{ accepted, recovered, duplicates, delivered, evicted, failed, purged, handedOver },
      deadLettered: counts.deadLetters.items,
      queued: backlog.items - inFlight - retrying,
      inFlight,
      retrying,
    }
  }

  /** What the store holds. */
  stored(): StreamCounts {
    return this.#store.counts()
  }

  /** The workers: gauges. */
  stats(): ObservedWorkers {
    return this.#delivery.stats()
  }

  /** How deliveries to the sink fare. */
  sink(): SinkState {
    return this.#insight.sink.state()
  }

  /** Deliveries that failed so far. */
  get sinkFailures(): number {
    return this.#insight.sink.failures
  }

  /** What an operator can change, as it is now. */
  changeable(): ChangeableSettings {
    const { rate = null, ingress = null, window, concurrency } = this.settings
    const paused = this.#delivery.pauses.has('operator')
    return { paused, rate, ingress, windowItems: window.items, concurrency }
  }

  /** Changes what is given, at once and until the next start; what is left out stays. */
  change(change: StreamChange): void {
    const settings = changedSettings(this.#settings, change)
    this.#settings = settings
    if (change.ingress !== undefined) this.#ingress = limiterOf(settings.ingress, this.#clock)
    this.#store.setBacklog(settings.backlog)
    this.#delivery.resettle(settings)
    this.#intake.resized()
    if (change.paused === true) this.pause()
    else if (change.paused === false) this.resume()
    this.#insight.forget()
  }

  /** Why the stream overflows or falls behind, if it does. At most half a second old. */
  diagnosis(): DiagnosisState {
    return this.#insight.diagnosis(this.#facts())
  }

  /** Events that found no place, of requests that were taken in part. */
  get refusedEvents(): number {
    return this.#intake.refusedEvents
  }

  /** Requests that wait for places. */
  get waiting(): number {
    return this.#intake.waiting
  }

  health(): StreamHealth {
    const store = this.#engine.health()
    const paused = this.#delivery.pauses.all()
    const problems: string[] = []
    if (!store.healthy) problems.push(store.failure.detail)
    if (paused.includes('dead-letters-full')) {
      problems.push(
        `stream ${this.name} delivers nothing: its dead letters are full; replay or purge some, or raise deadLetters`,
      )
    }
    return { takes: store.healthy || this.durability === 'memory', paused, problems }
  }

  /** Stops delivering until `resume`; events are still taken. */
  pause(): void {
    this.#delivery.pauses.add('operator')
  }

  resume(): void {
    this.#delivery.pauses.delete('operator')
  }

  /** Takes no more events. Those that were taken are still delivered. */
  refuseNewcomers(): void {
    this.#intake.close()
  }

  /**
   * Resolves when everything is delivered that can be now, or after `timeoutMs`. What is stored on the disk and waits for
   * a retry, or behind a pause, is left for the next start.
   */
  async drain(timeoutMs: number): Promise<void> {
    const deadlineMs = systemClock.nowMs() + timeoutMs
    while (!this.#isDrained() && systemClock.nowMs() < deadlineMs) {
      await new Promise<void>((resolve) => systemClock.schedule(DRAIN_CHECK_MS, resolve))
    }
  }

  /** Starts no more deliveries, and lets go of the sink once those under way have ended. The store is its owner's to close. */
  async close(): Promise<void> {
    this.#delivery.stop()
    await this.#sink.close()
    while (this.#delivery.inFlight > 0) {
      await new Promise<void>((resolve) => systemClock.schedule(1, resolve))
    }
  }

  #facts(): ToldFacts {
    const { queued, inFlight, retrying, deadLettered } = this.counts()
    const { concurrency, serviceP99Ms } = this.stats()
    return {
      ...{ queued, inFlight, retrying, deadLetters: deadLettered, serviceP99Ms },
      trouble: this.#intake.trouble,
      paused: this.#delivery.pauses.all(),
      settings: this.changeable(),
      concurrencyLimit: concurrency,
      maxItems: this.settings.backlog.items,
      isStored: this.durability !== 'memory',
      pushesOut: this.settings.whenFull === 'drop-oldest',
    }
  }

  #isDrained(): boolean {
    const { queued, inFlight, retrying } = this.counts()
    const { committing } = this.#store.counts()
    // What a broker keeps is the other gateways' to deliver.
    if (this.durability === 'broker' || this.durability === 'replicated') return committing.items === 0
    if (inFlight > 0 || committing.items > 0) return false
    if (this.durability === 'memory') return queued + retrying === 0
    // Behind a retry there may be a whole key's worth of events.
    const isHeldUp = this.#delivery.pauses.all().length > 0 || (this.settings.orderBy && retrying > 0)
    return queued === 0 || Boolean(isHeldUp)
  }

  #withKeys(events: readonly NewEvent[]): readonly NewEvent[] {
    return this.#orderKey ? events.map((event) => this.#withKey(event)) : events
  }

  #withKey(event: NewEvent): NewEvent {
    const key = event.key ?? this.#orderKey?.(event.payload)
    return key === undefined ? event : { ...event, key }
  }
}

function limiterOf(ingress: RateSettings | undefined, clock: Clock): RateLimiter | undefined {
  return ingress && new RateLimiter({ ...ingress, maxWaiting: 0, clock })
}
