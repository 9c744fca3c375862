/**
 * The books of one stream: what may come in, what is inside, what is set aside.
 *
 * Pure bookkeeping, used by every engine, so that bounds, dedupe and counts
 * mean the same everywhere. Engines keep the bytes.
 */
import { Admission } from './admission.ts'
import { DedupeWindow, type KnownId } from './dedupe-window.ts'
import { bodyDigest, dedupeKey } from './digest.ts'
import type {
  AppendRefusalReason,
  AppendResult,
  Deferral,
  NewEvent,
  SettleOutcome,
  StreamCounts,
  StreamOptions,
} from './store.ts'
import { checkBacklog, resolveStreamOptions } from './stream-options.ts'

/** What is remembered of an event that was set aside. */
export interface DeadNote {
  readonly seq: number
  readonly bytes: number
  readonly attempts: number
  readonly reason: string
  readonly deadAtMs: number
}

/** Admitted; or refused; or to be asked again, once those it duplicates are committed or given up. */
export type Admitted =
  | { readonly kind: 'admitted'; readonly admission: Admission }
  | { readonly kind: 'refused'; readonly refusal: AppendResult & { readonly taken: false } }
  | { readonly kind: 'wait'; readonly until: Promise<void> }

const ZERO = {
  accepted: 0,
  duplicates: 0,
  delivered: 0,
  failed: 0,
  evicted: 0,
  purged: 0,
  damaged: 0,
  handedOver: 0,
}

/** The books of one stream. */
export class StreamBook {
  readonly window: DedupeWindow
  readonly dead: Map<number, DeadNote> = new Map()
  readonly deferrals: Map<number, Deferral> = new Map()
  readonly tally: { -readonly [K in keyof typeof ZERO]: number } = { ...ZERO }
  /** The oldest event's time, as far as the engine knows it. */
  oldestReceivedAtMs: number | undefined
  readonly #options: ReturnType<typeof resolveStreamOptions>
  readonly #wallNowMs: () => number
  #backlog: StreamOptions['backlog']
  #items = 0
  #bytes = 0
  #deadBytes = 0
  #committingItems = 0
  #committingBytes = 0
  #recovered = 0

  constructor(name: string, options: StreamOptions, wallNowMs: () => number) {
    this.#options = resolveStreamOptions(name, options)
    this.#backlog = this.#options.backlog
    this.#wallNowMs = wallNowMs
    this.window = new DedupeWindow(this.#options.dedupe)
  }

  get dedupe(): StreamOptions['dedupe'] & object {
    return this.#options.dedupe
  }

  get maxAgeMs(): number {
    return this.#backlog.maxAgeMs
  }

  setBacklog(backlog: StreamOptions['backlog']): void {
    checkBacklog(backlog)
    this.#backlog = backlog
  }

  /** Looks for room and for ids known already. A refusal, or a wait, leaves no trace. */
  admit(events: readonly NewEvent[]): Admitted {
    const nowMs = this.#wallNowMs()
    const fresh: NewEvent[] = []
    const ids: (KnownId | undefined)[] = []
    let bytes = 0
    // The ids of this batch; made when there is one.
    let inBatch: Map<string, KnownId> | undefined
    for (let index = 0; index < events.length; index++) {
      const event = events[index] as NewEvent // within the array's length
      const id = event.dedupe ? this.#idOf(event, nowMs) : undefined
      const known = id && (inBatch?.get(id.key) ?? this.window.find(id.key, nowMs))
      if (id && known) {
        if (known.digest !== id.digest) return refused('id-conflict', conflictDetail(event), index)
        if (known.pending) return { kind: 'wait', until: known.pending.ended() }
        continue
      }
      if (id) {
        inBatch ??= new Map()
        inBatch.set(id.key, id)
      }
      fresh.push(event)
      ids.push(id)
      bytes += event.payload.length
    }
    const refusal = fresh.length > 0 ? this.#roomFor(fresh.length, bytes, nowMs) : undefined
    if (refusal) return refusal
    if (inBatch) for (const id of inBatch.values()) this.window.add(id, nowMs)
    return { kind: 'admitted', admission: this.#reserve(fresh, ids, bytes, events.length - fresh.length) }
  }

  /** Room for dead letters on their way back; no ids. */
  admitReplay(events: readonly NewEvent[]): Admitted {
    const bytes = events.reduce((sum, event) => sum + event.payload.length, 0)
    const refusal = this.#roomFor(events.length, bytes, this.#wallNowMs())
    if (refusal) return refusal
    const ids = events.map(() => undefined)
    return { kind: 'admitted', admission: this.#reserve(events, ids, bytes, 0) }
  }

  /** The batch is as durable as promised. */
  committed(admission: Admission, isReplay = false): void {
    this.#release(admission)
    this.#items += admission.fresh.length
    this.#bytes += admission.bytes
    if (!isReplay) this.tally.accepted += admission.fresh.length
    this.tally.duplicates += admission.duplicates
    admission.end()
  }

  /** Another gateway took the batch before: its ids stay known, and nothing of it is fresh. */
  knownElsewhere(admission: Admission): void {
    this.#release(admission)
    this.tally.duplicates += admission.duplicates + admission.fresh.length
    admission.end()
  }

  /** The batch was not taken: room and ids are given back. */
  abandoned(admission: Admission): void {
    this.#release(admission)
    for (const id of admission.ids) if (id) this.window.forget(id)
    admission.end()
  }

  /** An event left the backlog for good. */
  settled(seq: number, bytes: number, outcome: SettleOutcome): void {
    this.#leave(seq, bytes)
    this.tally[outcome]++
  }

  /** Whether one more event of `bytes` may be set aside. */
  hasRoomForDead(bytes: number): boolean {
    const { items, bytes: most } = this.#options.deadLetters
    return this.dead.size < items && this.#deadBytes + bytes <= most
  }

  /**
   * An event of the backlog is set aside.
   *
   * @param seq - the number it had in the backlog; the note's own when left out
   */
  setAside(note: DeadNote, seq: number = note.seq): void {
    this.#leave(seq, note.bytes)
    this.dead.set(note.seq, note)
    this.#deadBytes += note.bytes
  }

  /** A dead letter is gone: purged, or put back under another number. */
  takeFromDead(seq: number): DeadNote | undefined {
    const note = this.dead.get(seq)
    if (!note) return undefined
    this.dead.delete(seq)
    this.#deadBytes -= note.bytes
    return note
  }

  /** An event of the backlog that cannot be read back. */
  settledAsDamaged(seq = 0): void {
    this.settled(seq, 0, 'failed')
    this.tally.damaged++
  }

  /** What an opening found; `dead` and `deferrals` are filled already. */
  found(items: number, bytes: number): void {
    this.#items = items
    this.#bytes = bytes
    for (const note of this.dead.values()) this.#deadBytes += note.bytes
    this.#recovered = items + this.dead.size
  }

  /**
   * Others changed a shared backlog: it holds so many items and bytes now. What is more was taken over from them, what
   * is less was handed over to them.
   */
  sharedBacklog(items: number, bytes: number): void {
    this.#shared(items - this.#items)
    this.#items = items
    this.#bytes = bytes
  }

  /** Another gateway set an event aside. */
  othersSetAside(note: DeadNote): void {
    if (this.dead.has(note.seq)) return
    this.dead.set(note.seq, note)
    this.#deadBytes += note.bytes
    this.#shared(1)
  }

  /** Another gateway put a dead letter back, or purged it. */
  othersTookFromDead(seq: number): void {
    if (this.takeFromDead(seq)) this.#shared(-1)
  }

  /** Bytes that no reading will find again are no longer counted. */
  correctBytes(missing: number): void {
    this.#bytes -= missing
  }

  get backlogItems(): number {
    return this.#items
  }

  counts(): StreamCounts {
    return {
      ...this.tally,
      backlog: { items: this.#items, bytes: this.#bytes },
      deadLetters: { items: this.dead.size, bytes: this.#deadBytes },
      committing: { items: this.#committingItems, bytes: this.#committingBytes },
      recovered: this.#recovered,
      deferred: this.deferrals.size,
      oldestReceivedAtMs: this.#items > 0 ? this.oldestReceivedAtMs : undefined,
    }
  }

  #shared(more: number): void {
    if (more > 0) this.#recovered += more
    else this.tally.handedOver -= more
  }

  #leave(seq: number, bytes: number): void {
    this.#items--
    this.#bytes -= bytes
    this.deferrals.delete(seq)
  }

  #idOf(event: NewEvent, nowMs: number): KnownId {
    const digest = event.sentAs?.digest() ?? bodyDigest(event)
    return { key: dedupeKey(event), digest, atMs: nowMs, pending: undefined }
  }

  #reserve(
    fresh: readonly NewEvent[],
    ids: readonly (KnownId | undefined)[],
    bytes: number,
    duplicates: number,
  ): Admission {
    this.#committingItems += fresh.length
    this.#committingBytes += bytes
    return new Admission({ fresh, ids, bytes, duplicates })
  }

  #release(admission: Admission): void {
    this.#committingItems -= admission.fresh.length
    this.#committingBytes -= admission.bytes
  }

  #roomFor(items: number, bytes: number, nowMs: number): Admitted | undefined {
    const most = this.#backlog
    const mostCommitting = this.#options.maxCommittingBytes
    if (items > most.items || bytes > most.bytes || bytes > mostCommitting) {
      return refused('too-large', `a batch of ${items} events and ${bytes} bytes can never fit this stream`)
    }
    if (this.#items + this.#committingItems + items > most.items) {
      return refused('items-full', `the backlog holds ${this.#items} of ${most.items} events`)
    }
    if (this.#bytes + this.#committingBytes + bytes > most.bytes) {
      return refused('bytes-full', `the backlog holds ${this.#bytes} of ${most.bytes} bytes`)
    }
    if (this.#committingBytes + bytes > mostCommitting) {
      return refused('commit-full', `${this.#committingBytes} bytes wait for their commit`)
    }
    const ageMs = this.#items > 0 ? nowMs - (this.oldestReceivedAtMs ?? nowMs) : 0
    if (ageMs > most.maxAgeMs) {
      return refused('age-full', `the oldest event is ${ageMs} ms old, above ${most.maxAgeMs} ms`)
    }
    return undefined
  }
}

function conflictDetail(event: NewEvent): string {
  return `the id ${JSON.stringify(event.id)} was used before for another body`
}

function refused(reason: AppendRefusalReason, detail: string, index?: number): Admitted {
  const refusal = { taken: false, reason, detail, ...(index === undefined ? {} : { index }) } as const
  return { kind: 'refused', refusal }
}
