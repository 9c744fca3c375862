/**
 * One stream in memory: a map in the order of arrival, under the common books.
 */
import type { Cancel } from 'spillway'
import type { Admission } from '../admission.ts'
import { append, appendReplay, type CommitFailure, type Committer } from '../append-flow.ts'
import { Listeners } from '../listeners.ts'
import type {
  AppendResult,
  DeadLetter,
  Deferral,
  NewEvent,
  ReadRequest,
  SettleOutcome,
  StoredEvent,
  StreamCounts,
  StreamOptions,
  StreamStore,
} from '../store.ts'
import { storedEvent } from '../stored-event.ts'
import { StreamBook } from '../stream-book.ts'
import { SequencedEvents } from './sequenced-events.ts'

/** A bounded backlog in memory. */
export class MemoryStream implements StreamStore, Committer {
  readonly name: string
  readonly durability = 'memory' as const
  readonly book: StreamBook
  readonly #wallNowMs: () => number
  readonly #backlog = new SequencedEvents()
  readonly #dead = new SequencedEvents()
  readonly #listeners = new Listeners()
  #lastSeq = 0
  #closed = false

  constructor(name: string, options: StreamOptions, wallNowMs: () => number) {
    this.name = name
    this.book = new StreamBook(name, options, wallNowMs)
    this.#wallNowMs = wallNowMs
  }

  append(events: readonly NewEvent[]): Promise<AppendResult> {
    return append(this, events)
  }

  blocked(): CommitFailure | undefined {
    return this.#closed ? { reason: 'closed', detail: 'the store is closed' } : undefined
  }

  async commit(admission: Admission, isReplay: boolean): Promise<undefined> {
    for (const event of admission.fresh) this.#backlog.add(++this.#lastSeq, event)
    this.book.committed(admission, isReplay)
    this.#noteOldest()
    this.#listeners.callSoon()
  }

  async read(request: ReadRequest): Promise<readonly StoredEvent[]> {
    const found: StoredEvent[] = []
    let bytes = 0
    for (const [seq, event] of this.#backlog.after(request.after)) {
      if (found.length >= request.maxItems) break
      if (this.book.deferrals.has(seq)) continue
      bytes += event.payload.length
      if (found.length > 0 && bytes > (request.maxBytes ?? Number.POSITIVE_INFINITY)) break
      found.push(this.#stored(seq, event))
    }
    return found
  }

  async get(seq: number): Promise<StoredEvent | undefined> {
    const event = this.#backlog.get(seq)
    return event && this.#stored(seq, event)
  }

  async settle(seqs: readonly number[], outcome: SettleOutcome): Promise<number> {
    let settled = 0
    for (const seq of seqs) {
      const event = this.#backlog.get(seq)
      if (!event) continue
      this.#backlog.delete(seq)
      this.book.settled(seq, event.payload.length, outcome)
      settled++
    }
    this.#noteOldest()
    return settled
  }

  async defer(deferrals: readonly Deferral[]): Promise<void> {
    for (const deferral of deferrals) {
      if (this.#backlog.get(deferral.seq)) this.book.deferrals.set(deferral.seq, deferral)
    }
  }

  deferred(): readonly Deferral[] {
    return [...this.book.deferrals.values()].sort((a, b) => a.dueAtMs - b.dueAtMs)
  }

  async deadLetter(seq: number, reason: string, attempts: number = this.#attemptsOf(seq)): Promise<boolean> {
    const event = this.#backlog.get(seq)
    const bytes = event?.payload.length ?? 0
    if (!event || !this.book.hasRoomForDead(bytes)) return false
    this.book.setAside({ seq, bytes, attempts, reason, deadAtMs: this.#wallNowMs() })
    this.#backlog.delete(seq)
    this.#dead.add(seq, event)
    this.#noteOldest()
    return true
  }

  async listDeadLetters(request: ReadRequest): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = []
    let bytes = 0
    for (const [seq, event] of this.#dead.after(request.after)) {
      const note = this.book.dead.get(seq)
      if (!note || found.length >= request.maxItems) break
      bytes += note.bytes
      if (found.length > 0 && bytes > (request.maxBytes ?? Number.POSITIVE_INFINITY)) break
      const { attempts, reason, deadAtMs } = note
      found.push({ ...event, seq, attempts, dueAtMs: 0, reason, deadAtMs })
    }
    return found
  }

  async replayDeadLetters(seqs: readonly number[]): Promise<AppendResult> {
    const known = [...new Set(seqs)].filter((seq) => this.#dead.get(seq))
    const events = known.flatMap((seq) => this.#dead.get(seq) ?? [])
    const result = await appendReplay(this, events)
    if (result.taken) await this.#dropDead(known)
    return result
  }

  async purgeDeadLetters(seqs: readonly number[]): Promise<number> {
    const dropped = await this.#dropDead(seqs)
    this.book.tally.purged += dropped
    return dropped
  }

  counts(): StreamCounts {
    return this.book.counts()
  }

  onReadable(listener: () => void): Cancel {
    return this.#listeners.add(listener)
  }

  setBacklog(backlog: StreamOptions['backlog']): void {
    this.book.setBacklog(backlog)
  }

  close(): void {
    this.#closed = true
  }

  async #dropDead(seqs: readonly number[]): Promise<number> {
    let dropped = 0
    for (const seq of seqs) {
      if (!this.book.takeFromDead(seq)) continue
      this.#dead.delete(seq)
      dropped++
    }
    return dropped
  }

  #stored(seq: number, event: NewEvent): StoredEvent {
    return storedEvent(event, seq, this.book.deferrals.get(seq))
  }

  #attemptsOf(seq: number): number {
    return this.book.deferrals.get(seq)?.attempts ?? 0
  }

  #noteOldest(): void {
    this.book.oldestReceivedAtMs = this.#backlog.first()?.receivedAtMs
  }
}
