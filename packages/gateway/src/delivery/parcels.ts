/**
 * Parcels: events that go through the window and to the sink together, because
 * the sink takes many as cheaply as one. To a file, that halves what an event
 * costs: `npm run bench -- gateway`.
 *
 * Only where it changes nothing else: each event is counted, settled and, when
 * the sink fails, tried again by itself. Where events keep an order, have a
 * rate, may be pushed out or are given to a sink one by one, each is a parcel of
 * its own. How many are delivered at once is counted in events.
 *
 * Imports `spillway`, `config`.
 */
import type { ConcurrencyLimit, LimitDecision, LimitSample } from 'spillway'
import type { StreamSettings } from '../config/stream-settings.ts'
import type { StoredEvent } from '../store/store.ts'

/** Events in the order of the backlog, at least one. */
export type Parcel = readonly StoredEvent[]

/** The most events in one. */
const MOST = 64
/** The window, and what is delivered at once, are at least so many parcels. */
const FEWEST = 16

/** What decides how large a parcel may be. */
export type ParcelSettings = Pick<StreamSettings, 'window' | 'whenFull' | 'concurrency' | 'orderBy' | 'rate'>

/** How many events a parcel may have. */
export function parcelSize(settings: ParcelSettings, takesMany: boolean): number {
  const { window, whenFull, concurrency, orderBy, rate } = settings
  const isOneByOne = orderBy !== undefined || rate !== undefined || whenFull === 'drop-oldest'
  if (!takesMany || isOneByOne || typeof concurrency !== 'number') return 1
  return Math.max(1, Math.min(MOST, Math.floor(Math.min(concurrency, window.items) / FEWEST)))
}

/** Divides events, keeping their order. */
export function parcelsOf(events: readonly StoredEvent[], size: number): readonly Parcel[] {
  if (size === 1) return events.map((event) => [event])
  const parcels: Parcel[] = []
  for (let at = 0; at < events.length; at += size) parcels.push(events.slice(at, at + size))
  return parcels
}

/** What the payloads of a parcel weigh, in bytes. */
export function weightOf(parcel: Parcel): number {
  let bytes = 0
  for (const { payload } of parcel) bytes += payload.length
  return bytes
}

/** A limit of events, for workers that take parcels: a parcel begins when the largest one would fit. */
export class ParcelLimit implements ConcurrencyLimit {
  readonly #events: ConcurrencyLimit
  #most: number
  #parcelsInHand = 0
  #eventsInHand = 0

  /**
   * @param events - how many events may be delivered at once
   * @param most - how many a parcel may have
   */
  constructor(events: ConcurrencyLimit, most: number) {
    this.#events = events
    this.#most = most
  }

  /** How many parcels may be in the workers' hands now. */
  get limit(): number {
    const { limit } = this.#events
    if (this.#most === 1 && this.#eventsInHand === this.#parcelsInHand) return limit
    const hasRoom = this.#parcelsInHand === 0 || this.#eventsInHand + this.#most <= limit
    return this.#parcelsInHand + (hasRoom ? 1 : 0)
  }

  onSample(sample: LimitSample): LimitDecision {
    return this.#events.onSample(sample)
  }

  /** Parcels of another size from now on. Those that are on their way stay as they are. */
  setMost(most: number): void {
    this.#most = most
  }

  /** A parcel of so many events is given to the sink. */
  began(events: number): void {
    this.#parcelsInHand++
    this.#eventsInHand += events
  }

  /** The sink has said what became of it. */
  ended(events: number): void {
    this.#parcelsInHand--
    this.#eventsInHand -= events
  }
}
