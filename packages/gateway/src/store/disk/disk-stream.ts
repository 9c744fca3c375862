/**
 * One stream on the disk: the contract, over a log, a journal and the common
 * books. What an event is worth is decided elsewhere; this class only keeps
 * the parts in agreement.
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
import { StoreError, systemCode } from '../store-error.ts'
import { storedEvent } from '../stored-event.ts'
import { StreamBook } from '../stream-book.ts'
import type { DiskSettings } from './disk-settings.ts'
import { encodeEntry, type JournalEntry } from './journal-entries.ts'
import { LogReader } from './log-reader.ts'
import { CommitError, LogWriter, newBatch } from './log-writer.ts'
import { type OpenLog, openLog } from './open-log.ts'
import { RecentEvents } from './recent-events.ts'
import type { Segment } from './segment.ts'
import type { SpaceWatch } from './space-watch.ts'
import { Tail, type TailMemory } from './tail.ts'
import { Upkeep } from './upkeep.ts'

/** So much must be free before a full disk is tried again. */
const PROBE_BYTES = 2 ** 20

/** What a stream on the disk is made of. */
export interface DiskStreamSetup {
  readonly name: string
  readonly options: StreamOptions
  readonly directory: string
  readonly settings: DiskSettings
  readonly space: SpaceWatch
  readonly tails: TailMemory
}

/** A bounded backlog on the disk. */
export class DiskStream implements StreamStore, Committer {
  readonly name: string
  readonly durability = 'disk' as const
  readonly book: StreamBook
  readonly #log: OpenLog
  readonly #settings: DiskSettings
  readonly #space: SpaceWatch
  readonly #writer: LogWriter
  readonly #reader: LogReader
  readonly #upkeep: Upkeep
  readonly #recent = new RecentEvents()
  readonly #tail: Tail
  readonly #listeners = new Listeners()
  /** Which dead letter each event of a running replay was. */
  readonly #replayOf = new WeakMap<NewEvent, number>()
  #failure: CommitFailure | undefined
  #isJournalBehind = false
  #closed = false

  private constructor(setup: DiskStreamSetup, book: StreamBook, log: OpenLog) {
    const { segments, directory } = log
    this.name = setup.name
    this.book = book
    this.#log = log
    this.#settings = setup.settings
    this.#space = setup.space
    this.#tail = new Tail(setup.tails)
    this.#reader = new LogReader({ segments, onLost: (segment, seqs) => this.#lose(segment, seqs) })
    const { settings } = setup
    this.#upkeep = new Upkeep({ log, book, reader: this.#reader, recent: this.#recent, settings })
    const onFull = (): void => this.#upkeep.sealFull()
    const { segmentBytes } = settings
    this.#writer = new LogWriter({ directory, segments, segmentBytes, space: setup.space, onFull })
  }

  /** Opens the stream as the last run left it. */
  static async open(setup: DiskStreamSetup): Promise<DiskStream> {
    const { name, options, directory, settings } = setup
    const book = new StreamBook(name, options, settings.wallNowMs)
    const log = await openLog({ ...settings, directory, book })
    const stream = new DiskStream(setup, book, log)
    await stream.#upkeep.afterOpening()
    return stream
  }

  append(events: readonly NewEvent[]): Promise<AppendResult> {
    this.#upkeep.refreshOldest()
    return append(this, events)
  }

  blocked(): CommitFailure | undefined {
    if (this.#closed) return { reason: 'closed', detail: 'the store is closed' }
    return this.#failure ?? this.#writer.poison
  }

  commit(admission: Admission, isReplay: boolean): Promise<CommitFailure | undefined> {
    const { fresh, ids } = admission
    const replayOf = isReplay ? fresh.map((event) => this.#replayOf.get(event)) : undefined
    const batch = newBatch({ events: fresh, ids, replayOf }, (firstSeq) => {
      this.#tail.add(firstSeq, fresh)
      this.#upkeep.noteArrival(firstSeq, fresh[0])
      this.book.committed(admission, isReplay)
      this.#listeners.callSoon()
    })
    return this.#writer.submit(batch).then(nothing, failureOf)
  }

  async read(request: ReadRequest): Promise<readonly StoredEvent[]> {
    const { lastSeq } = this.#log.segments.active
    const found = this.#readTail(request, lastSeq) ?? (await this.#readLog(request))
    for (const { seq, payload, receivedAtMs } of found) this.#recent.note(seq, payload.length, receivedAtMs)
    this.#tail.readUpTo(found.at(-1)?.seq ?? lastSeq)
    return found
  }

  async get(seq: number): Promise<StoredEvent | undefined> {
    if (!this.#log.state.isQueued(seq)) return undefined
    const event = await this.#reader.get(seq)
    if (!event || !this.#log.state.isQueued(seq)) return undefined
    this.#recent.note(seq, event.payload.length, event.receivedAtMs)
    const { attempts = 0, dueAtMs = 0 } = this.book.deferrals.get(seq) ?? {}
    return { ...event, attempts, dueAtMs }
  }

  async settle(seqs: readonly number[], outcome: SettleOutcome): Promise<number> {
    const events: { seq: number; bytes: number }[] = []
    for (const seq of seqs) {
      const bytes = this.#recent.bytesOf(seq) ?? (await this.get(seq))?.payload.length
      if (bytes === undefined || !this.#leave(seq, bytes)) continue
      this.book.settled(seq, bytes, outcome)
      events.push({ seq, bytes })
    }
    if (events.length > 0) await this.#note({ kind: 'left', events }, false)
    return events.length
  }

  async defer(deferrals: readonly Deferral[]): Promise<void> {
    const known = deferrals.filter((deferral) => this.#log.state.isQueued(deferral.seq))
    for (const deferral of known) this.book.deferrals.set(deferral.seq, deferral)
    if (known.length > 0) await this.#note({ kind: 'deferred', deferrals: known }, false)
  }

  deferred(): readonly Deferral[] {
    return [...this.book.deferrals.values()].sort((a, b) => a.dueAtMs - b.dueAtMs)
  }

  async deadLetter(seq: number, reason: string, failed?: number): Promise<boolean> {
    const bytes = this.#recent.bytesOf(seq) ?? (await this.get(seq))?.payload.length
    if (bytes === undefined || !this.book.hasRoomForDead(bytes)) return false
    const attempts = failed ?? this.book.deferrals.get(seq)?.attempts ?? 0
    const note = { seq, bytes, attempts, reason, deadAtMs: this.#settings.wallNowMs() }
    if (!this.#leave(seq, bytes)) return false
    this.#log.state.countDead(note, 1)
    this.book.setAside(note)
    await this.#note({ kind: 'dead', note }, true)
    return true
  }

  async listDeadLetters(request: ReadRequest): Promise<readonly DeadLetter[]> {
    const letters: DeadLetter[] = []
    let room = request.maxBytes ?? Number.POSITIVE_INFINITY
    const seqs = [...this.book.dead.keys()].filter((seq) => seq > request.after).sort((a, b) => a - b)
    for (const seq of seqs) {
      if (letters.length >= request.maxItems) break
      const event = await this.#reader.get(seq)
      const note = this.book.dead.get(seq)
      if (!event || !note) continue
      room -= note.bytes
      if (letters.length > 0 && room < 0) break
      const { attempts, reason, deadAtMs } = note
      letters.push({ ...event, seq, attempts, dueAtMs: 0, reason, deadAtMs })
    }
    return letters
  }

  async replayDeadLetters(seqs: readonly number[]): Promise<AppendResult> {
    const events: NewEvent[] = []
    const readable: number[] = []
    for (const seq of new Set(seqs)) {
      const event = this.book.dead.has(seq) ? await this.#reader.get(seq) : undefined
      if (!event || !this.book.dead.has(seq)) continue
      events.push({ ...event, dedupe: false })
      readable.push(seq)
    }
    for (const [i, event] of events.entries()) this.#replayOf.set(event, readable[i] ?? 0)
    const result = await appendReplay(this, events)
    if (result.taken) await this.#forgetDead(readable)
    return result
  }

  async purgeDeadLetters(seqs: readonly number[]): Promise<number> {
    const purged = await this.#forgetDead(seqs)
    this.book.tally.purged += purged
    return purged
  }

  counts(): StreamCounts {
    this.#upkeep.refreshOldest()
    return this.book.counts()
  }

  onReadable(listener: () => void): Cancel {
    return this.#listeners.add(listener)
  }

  setBacklog(backlog: StreamOptions['backlog']): void {
    this.book.setBacklog(backlog)
  }

  /** Whether the last write found the disk full. Asking has the volume asked again, for the next answer. */
  isFull(): boolean {
    if (this.#writer.isFull) void this.#recheckSpace()
    return this.#writer.isFull
  }

  /** Takes nothing more, for a reason that lies outside. */
  giveUp(failure: CommitFailure): void {
    this.#failure ??= failure
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#writer.idle()
    this.#tail.close()
    await this.#upkeep.close()
    await this.#log.journal.close()
    await this.#reader.close()
    for (const segment of this.#log.segments.all()) await segment.close()
  }

  /** What is still in memory; `undefined` when that is not all that is asked for. */
  #readTail(request: ReadRequest, lastSeq: number): StoredEvent[] | undefined {
    const { after, maxItems, maxBytes = Number.POSITIVE_INFINITY } = request
    const found: StoredEvent[] = []
    let room = maxBytes
    let seq = after + 1
    for (let event = this.#tail.at(seq); event; event = this.#tail.at(++seq)) {
      if (this.book.deferrals.has(seq) || !this.#log.state.isQueued(seq)) continue
      room -= event.payload.length
      if (found.length >= maxItems || (found.length > 0 && room < 0)) return found
      found.push(storedEvent(event, seq, undefined))
    }
    return seq > lastSeq ? found : undefined
  }

  #readLog({ after, maxItems, maxBytes = Number.POSITIVE_INFINITY }: ReadRequest): Promise<StoredEvent[]> {
    const skip = (seq: number): boolean => this.book.deferrals.has(seq)
    return this.#reader.read({ after, maxItems, maxBytes, skip })
  }

  async #recheckSpace(): Promise<void> {
    try {
      if (await this.#space.refresh(PROBE_BYTES)) this.#writer.forgetFull()
    } catch (error) {
      this.#settings.onWarning(`the volume cannot be asked for its free space: ${String(error)}`)
    }
  }

  #leave(seq: number, bytes: number): boolean {
    this.#recent.forget(seq)
    return this.#log.state.leave(seq, bytes)
  }

  async #forgetDead(seqs: readonly number[]): Promise<number> {
    const gone: number[] = []
    for (const seq of seqs) {
      const note = this.book.takeFromDead(seq)
      if (!note) continue
      this.#log.state.countDead(note, -1)
      gone.push(seq)
    }
    if (gone.length > 0) await this.#note({ kind: 'undead', seqs: gone }, true)
    return gone.length
  }

  #lose(segment: Segment, seqs: readonly number[]): void {
    const gone = seqs.filter((seq) => this.#leave(seq, 0))
    for (const seq of gone) this.book.settledAsDamaged(seq)
    const what = `${gone.length} acknowledged events cannot be read back: ${segment.logPath} is damaged`
    this.#settings.onWarning(`${what}; the file is kept`)
    void this.#note({ kind: 'left', events: gone.map((seq) => ({ seq, bytes: 0 })) }, false)
  }

  /** Notes in the journal what the state says already. */
  async #note(entry: JournalEntry, flushed: boolean): Promise<void> {
    try {
      await this.#log.journal.add(encodeEntry(entry), flushed)
      this.#isJournalBehind = false
    } catch (cause) {
      this.#noteFailed(flushed, cause)
    }
    await this.#upkeep.tidy()
  }

  #noteFailed(flushed: boolean, cause: unknown): void {
    const isFull = systemCode(cause) === 'ENOSPC'
    const found = 'The journal cannot be written'
    const code = isFull ? 'ERR_STORE_NO_SPACE' : 'ERR_STORE_FAILED'
    const error = new StoreError(code, this.#log.directory, { found, cause })
    if (!this.#isJournalBehind) {
      this.#settings.onWarning(`${error.message} After a restart some events are delivered again.`)
    }
    this.#isJournalBehind = true
    if (!flushed) return
    if (!isFull) this.#failure ??= { reason: 'failed', detail: error.message, cause }
    throw error
  }
}

const nothing = (): undefined => undefined

function failureOf(error: unknown): CommitFailure {
  if (error instanceof CommitError) return error.failure
  throw error
}
