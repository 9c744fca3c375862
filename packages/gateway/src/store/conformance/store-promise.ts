/**
 * What a promise of the store contract is, and what it takes to check one.
 */
import type { EventStore, NewEvent, StreamOptions, StreamStore } from '../store.ts'

/** Makes stores for the suite, and plays the time of day. */
export interface StoreHarness {
  /** Opens the store; the second call finds what the first one left. */
  open(): Promise<EventStore>
  /** Ends the store as a killed process would: nothing more is written. `undefined`: it keeps nothing. */
  readonly kill: (() => Promise<void>) | undefined
  /** The wall clock of the stores, in milliseconds. */
  nowMs: number
}

/** One sentence of the contract. */
export interface StorePromise {
  readonly title: string
  /** Whether it is about a restart, which a store in memory does not survive. */
  readonly needsRestart?: boolean
  /** Whether it is about numbers that outlast an opening, which a shared store does not give. */
  readonly needsLastingNumbers?: boolean
  run(harness: StoreHarness): Promise<void>
}

/** Bounds that no test reaches unless it means to. */
export const WIDE: StreamOptions = {
  backlog: { items: 1_000, bytes: 1_000_000, maxAgeMs: 60_000 },
  deadLetters: { items: 10, bytes: 10_000 },
  dedupe: { windowMs: 10_000, maxKeys: 100 },
}

/** Opens the stream of a test. */
export async function openStream(
  harness: StoreHarness,
  options: Partial<StreamOptions> = {},
): Promise<StreamStore> {
  const store = await harness.open()
  return store.openStream('events', { ...WIDE, ...options })
}

/** An event whose payload is `text`. */
export function anEvent(harness: StoreHarness, text: string, more: Partial<NewEvent> = {}): NewEvent {
  return {
    id: `id-${text}`,
    receivedAtMs: harness.nowMs,
    tenant: 'a-tenant',
    contentType: 'text/plain',
    payload: Buffer.from(text),
    ...more,
  }
}

/** What the backlog holds, from the beginning. */
export async function texts(stream: StreamStore, after = 0): Promise<string[]> {
  const events = await stream.read({ after, maxItems: 1_000 })
  return events.map((event) => Buffer.from(event.payload).toString())
}

/** Appends events that must be taken. */
export async function put(stream: StreamStore, ...events: readonly NewEvent[]): Promise<void> {
  const result = await stream.append(events)
  if (!result.taken) throw new Error(`not taken: ${result.reason}, ${result.detail}`)
}

/** The number of the event whose payload is `text`. */
export async function seqOf(stream: StreamStore, text: string): Promise<number> {
  const events = await stream.read({ after: 0, maxItems: 1_000 })
  const found = events.find((event) => Buffer.from(event.payload).toString() === text)
  if (!found) throw new Error(`no event ${text} in the backlog`)
  return found.seq
}
