/**
 * The contract of a store: it keeps what the gateway accepted until it is settled.
 *
 * One store holds many streams; each stream is an ordered backlog with bounds,
 * a dedupe window and dead letters of its own. Engines: `memory/`, `disk/`,
 * and `jetstream/`, which several gateways share: there the backlog is that of
 * all, and this one's counts say what it took over and what it handed over.
 * All pass `conformance/`. A refusal is a value, never an exception.
 *
 * Absent on purpose: delivery, retry policy, tenants' limits.
 */
import type { Cancel } from 'spillway'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import type { Durability } from '../protocol/receipt.ts'
import type { StoreFailure } from './store-error.ts'

/** An event to be stored. */
export interface NewEvent extends EnvelopedEvent {
  /** Whether `id` was given by the client, so that a second event with it is a duplicate. `false` by default. */
  readonly dedupe?: boolean | undefined
  /**
   * What a second event with this id must have been sent with to be a duplicate. Content type and payload of the event by
   * default.
   */
  readonly sentAs?: SentAs | undefined
}

/** What something was sent as, told apart by a digest that is made once, when it is needed. */
export interface SentAs {
  digest(): bigint
}

/** An event in the backlog. */
export interface StoredEvent extends EnvelopedEvent {
  /**
   * Its place in the stream: ascending, never used twice while the event is known. A shared store numbers what it takes
   * on as it comes; there another opening gives another number.
   */
  readonly seq: number
  /** How many deliveries have failed so far. */
  readonly attempts: number
  /** The wall-clock time before which it should not be tried again; 0 when it never failed. */
  readonly dueAtMs: number
}

/** Why an append took nothing. */
export type AppendRefusalReason =
  /** The backlog holds as many items as it may: come back later. */
  | 'items-full'
  /** The backlog holds as many bytes as it may: come back later. */
  | 'bytes-full'
  /** The oldest event in the backlog is older than it may be: the consumer is too far behind. */
  | 'age-full'
  /** More bytes wait for their commit than may: the disk is slower than the arrivals. */
  | 'commit-full'
  /** The batch alone is above a bound: it would be refused for ever. */
  | 'too-large'
  /** An id of the window came with another body. `index` names the event. */
  | 'id-conflict'
  /** No space left where the events are kept. */
  | 'no-space'
  /** A write or a flush failed; the stream takes nothing more until it is opened again. */
  | 'failed'
  | 'closed'

/** What an append came to. Either the whole batch is taken, or nothing is and no trace is left. */
export type AppendResult =
  | {
      readonly taken: true
      readonly accepted: number
      /** Events of the batch that were known already; they are as durable as the accepted ones. */
      readonly duplicates: number
      readonly durability: Durability
    }
  | {
      readonly taken: false
      readonly reason: AppendRefusalReason
      /** One sentence for a log or a problem document. */
      readonly detail: string
      /** Which event of the batch is at fault, where one is. */
      readonly index?: number
      readonly cause?: unknown
    }

/** How an event left the backlog for good. */
export type SettleOutcome = 'delivered' | 'failed' | 'evicted' | 'purged'

/** Where to read, and how much at most. */
export interface ReadRequest {
  /** The `seq` of the last event that was read; 0 from the beginning. */
  readonly after: number
  readonly maxItems: number
  /** Payload bytes; the first event is returned even when it is larger. Unbounded by default. */
  readonly maxBytes?: number | undefined
}

/** A failed delivery that will be tried again. */
export interface Deferral {
  readonly seq: number
  readonly attempts: number
  readonly dueAtMs: number
}

/** An event set aside. Of a shared store its number is that of the dead letter, the same for all gateways. */
export interface DeadLetter extends StoredEvent {
  readonly reason: string
  /** Wall-clock milliseconds at which it was set aside. */
  readonly deadAtMs: number
}

/** Items, and the bytes of their payloads. */
export interface Amount {
  readonly items: number
  readonly bytes: number
}

/** The books of a stream. Except for the three amounts, counters start at 0 with each opening. */
export interface StreamCounts {
  /** Accepted and not settled: queued, in flight or waiting for a retry. */
  readonly backlog: Amount
  readonly deadLetters: Amount
  /** Written, not yet committed; part of no other number. */
  readonly committing: Amount
  /** What the opening found: backlog and dead letters together. Of a shared store also what others brought since. */
  readonly recovered: number
  /** Of a shared store: what others delivered, set aside, put back or purged; 0 of a store of one's own. */
  readonly handedOver: number
  readonly accepted: number
  readonly duplicates: number
  readonly delivered: number
  readonly failed: number
  readonly evicted: number
  readonly purged: number
  /** Of `failed`: events that could not be read back, because the file is damaged. */
  readonly damaged: number
  /** Of the backlog: how many wait for a retry. */
  readonly deferred: number
  /** Wall-clock time of the oldest event in the backlog; `undefined` when empty or not known yet. */
  readonly oldestReceivedAtMs: number | undefined
}

/** Bounds of one stream. The user states the backlog; nothing here is unlimited unless typed by hand. */
export interface StreamOptions {
  /** The most that may wait; `Infinity` for no bound. */
  readonly backlog: { readonly items: number; readonly bytes: number; readonly maxAgeMs: number }
  /** The most that may be set aside. */
  readonly deadLetters: { readonly items: number; readonly bytes: number }
  /** How long, and how many, ids are remembered. 10 minutes and 100,000 by default, about 200 bytes each. */
  readonly dedupe?: { readonly windowMs: number; readonly maxKeys: number } | undefined
  /** Whether the events of a key are to be delivered in order: a shared stream is then divided by key among gateways. */
  readonly isOrdered?: boolean | undefined
  /** How long a commit may take in a store that others keep; then it is given up, and refused. 1000 by default. */
  readonly commitTimeoutMs?: number | undefined
  /** The most payload bytes that wait for their commit. 64 MiB by default. */
  readonly maxCommittingBytes?: number | undefined
}

/** One ordered backlog. */
export interface StreamStore {
  readonly name: string
  readonly durability: Durability
  /**
   * Stores a batch, whole or not at all. Resolves when it is as durable as `durability` says; appends made
   * meanwhile share one flush. A duplicate of an event that is being committed awaits that commit.
   *
   * @param within - how long the commit may take in a store that others keep, when that is less than `commitTimeoutMs`
   */
  append(events: readonly NewEvent[], within?: { readonly timeoutMs: number }): Promise<AppendResult>
  /** The next events of the backlog in order, without those waiting for a retry. Empty: nothing there now. */
  read(request: ReadRequest): Promise<readonly StoredEvent[]>
  /** One event of the backlog; `undefined` when it is settled or set aside. */
  get(seq: number): Promise<StoredEvent | undefined>
  /**
   * The events left the backlog for good; unknown ones are passed over. Counted at once. Written, not flushed:
   * after a power failure the last of them are delivered again.
   *
   * @returns how many were in the backlog
   */
  settle(seqs: readonly number[], outcome: SettleOutcome): Promise<number>
  /** Delivery failed and will be tried again. Survives a kill; after a power failure the last of them are forgotten. */
  defer(deferrals: readonly Deferral[]): Promise<void>
  /** Everything that waits for a retry, the soonest first. */
  deferred(): readonly Deferral[]
  /**
   * Sets one event aside, durably.
   *
   * @param attempts - how many deliveries had failed; what was last deferred by default
   * @returns `false` when the dead letters are full, or it is not in the backlog
   * @throws StoreError when it cannot be noted; it is set aside until the next opening, and then delivered again
   */
  deadLetter(seq: number, reason: string, attempts?: number): Promise<boolean>
  /** Dead letters in order; `after` is the `seq` of the last one seen. */
  listDeadLetters(request: ReadRequest): Promise<readonly DeadLetter[]>
  /**
   * Puts dead letters back at the end of the backlog, with no attempts counted. They keep their id and are
   * not deduped; the backlog's bounds hold.
   *
   * @returns how many were put back, or the refusal; then none was
   */
  replayDeadLetters(seqs: readonly number[]): Promise<AppendResult>
  /** Forgets dead letters for good. Returns how many there were. */
  purgeDeadLetters(seqs: readonly number[]): Promise<number>
  counts(): StreamCounts
  /** Calls back whenever there may be something new to read. */
  onReadable(listener: () => void): Cancel
  /** Changes the bounds of the backlog. What is in it stays. */
  setBacklog(backlog: StreamOptions['backlog']): void
}

/** How a store fares; what `/readyz` asks. */
export type StoreHealth =
  | { readonly healthy: true }
  | { readonly healthy: false; readonly failure: StoreFailure }

/** A store. */
export interface EventStore {
  readonly durability: Durability
  /**
   * Opens a stream, or creates it.
   *
   * @param name - letters, digits, `-`, `_` and `.`, at most 100, beginning with a letter or digit
   * @throws OptionError for a wrong name or option; StoreError when what is stored cannot be used
   */
  openStream(name: string, options: StreamOptions): Promise<StreamStore>
  health(): StoreHealth
  /** Takes nothing more, commits what was taken, and lets go of the files. */
  close(): Promise<void>
}
