/**
 * What this gateway has taken on: messages that it must acknowledge, and the
 * events in them, numbered as they came.
 *
 * A message is done with when every event of it is. Events that wait for a
 * retry keep their numbers and give up their bytes.
 *
 * Pure; imports `memory`, `protocol`, `store`.
 */
import type { EnvelopedEvent } from '../../protocol/envelope.ts'
import { SequencedEvents } from '../memory/sequenced-events.ts'
import type { Amount, StoredEvent } from '../store.ts'

/** A message that was taken on. */
export interface HeldMessage {
  /** The broker's number. */
  readonly brokerSeq: number
  /** Names the batch, for ever. */
  readonly batch: string
  /** Of a stream in order; 0 of any other. */
  readonly partition: number
  /** How many events it had at first. */
  readonly size: number
  /** Where to acknowledge it; another one when the broker sent it again, empty when the broker has it no more. */
  reply: string
  /** What is not done with: the place in the batch, and the number of the event. */
  readonly live: Map<number, number>
  /** Whether its broker was told not to send it again before the next retry. */
  isParked: boolean
}

/** An event that was taken on. */
export interface HeldEvent {
  readonly seq: number
  readonly message: HeldMessage
  /** Its place in the batch. */
  readonly place: number
  readonly bytes: number
  attempts: number
  dueAtMs: number
}

/** What is held. */
export class HeldEvents {
  readonly messages: Map<number, HeldMessage> = new Map()
  readonly #events = new Map<number, HeldEvent>()
  readonly #readable = new SequencedEvents()
  #lastSeq = 0
  #bytes = 0

  /** How many messages of a partition are held. */
  messagesIn(partition: number): number {
    let count = 0
    for (const message of this.messages.values()) if (message.partition === partition) count++
    return count
  }

  /** The highest number that was given. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  get amount(): Amount {
    return { items: this.#events.size, bytes: this.#bytes }
  }

  get(seq: number): HeldEvent | undefined {
    return this.#events.get(seq)
  }

  /** The bytes of an event; `undefined` when it is not held, or waits for a retry. */
  payloadOf(seq: number): EnvelopedEvent | undefined {
    return this.#readable.get(seq)
  }

  /** When the first event that can be read was received. */
  get oldestReceivedAtMs(): number | undefined {
    return this.#readable.first()?.receivedAtMs
  }

  /** Takes a message on, with those of its events that are not done with. */
  add(message: Omit<HeldMessage, 'live' | 'isParked'>): HeldMessage {
    const held = { ...message, live: new Map<number, number>(), isParked: false }
    this.messages.set(held.brokerSeq, held)
    return held
  }

  /** The broker has a message no more: its events are worked at, and its number is free for another. */
  orphan(message: HeldMessage): void {
    message.reply = ''
    this.messages.delete(message.brokerSeq)
  }

  /** Takes an event of a message on. */
  addEvent(message: HeldMessage, place: number, event: EnvelopedEvent): HeldEvent {
    const seq = ++this.#lastSeq
    const held = { seq, message, place, bytes: event.payload.length, attempts: 0, dueAtMs: 0 }
    message.live.set(place, seq)
    this.#events.set(seq, held)
    this.#readable.add(seq, event)
    this.#bytes += held.bytes
    return held
  }

  /** An event waits for a retry: its bytes are no longer held. */
  defer(event: HeldEvent, attempts: number, dueAtMs: number): void {
    event.attempts = attempts
    event.dueAtMs = dueAtMs
    this.#readable.delete(event.seq)
  }

  /** An event is done with. Returns whether its message is too. */
  remove(event: HeldEvent): boolean {
    const { seq, message, place, bytes } = event
    this.#events.delete(seq)
    this.#readable.delete(seq)
    this.#bytes -= bytes
    message.live.delete(place)
    if (message.live.size > 0) return false
    // Its number may be that of another by now.
    if (this.messages.get(message.brokerSeq) === message) this.messages.delete(message.brokerSeq)
    return true
  }

  /** Those that can be read, after a number, in order. */
  *after(seq: number): Generator<StoredEvent> {
    for (const [at, event] of this.#readable.after(seq)) yield this.stored(at, event)
  }

  /** How many can be read after a number; counts no further than `most`. */
  countAfter(seq: number, most: number): number {
    let count = 0
    for (const _ of this.#readable.after(seq)) if (++count >= most) break
    return count
  }

  /** An event as delivery sees it. */
  stored(seq: number, event: EnvelopedEvent): StoredEvent {
    const { attempts = 0, dueAtMs = 0 } = this.#events.get(seq) ?? {}
    return { ...event, seq, attempts, dueAtMs }
  }
}
