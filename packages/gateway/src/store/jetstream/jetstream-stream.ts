/**
 * One stream on JetStream: the contract, over a backlog that all gateways
 * share. This class keeps the parts in agreement, and the books with what the
 * broker says.
 *
 * Imports `spillway`, `store`.
 */
import type { Cancel } from 'spillway'
import type { EnvelopedEvent } from '../../protocol/envelope.ts'
import type { Admission } from '../admission.ts'
import {
  append,
  appendReplay,
  type CommitFailure,
  type Committer,
  type KnownElsewhere,
} from '../append-flow.ts'
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
import { STORE_REMEDIES, StoreError } from '../store-error.ts'
import type { StreamBook } from '../stream-book.ts'
import { decodeBatch, encodeBatch } from './batch-message.ts'
import { BATCH_HEADER } from './batch-sender.ts'
import type { HeldEvent, HeldMessage } from './held-events.ts'
import type { StreamParts } from './open-parts.ts'

/** Numbers that are asked for before they were read are looked for in steps of so many batches. */
const LOOK_STEP = 64

/** A bounded backlog that several gateways share. */
export class JetStreamStream implements StreamStore, Committer {
  readonly name: string
  readonly book: StreamBook
  readonly #parts: StreamParts
  readonly #listeners = new Listeners()
  #raising: Promise<void> = Promise.resolve()
  #committing = 0
  #isClosed = false

  constructor(parts: StreamParts) {
    this.name = parts.name
    this.book = parts.book
    this.#parts = parts
    parts.onNews(() => this.#listeners.callSoon())
  }

  get durability(): 'broker' | 'replicated' {
    return this.#parts.replicas > 1 ? 'replicated' : 'broker'
  }

  async append(events: readonly NewEvent[], within?: { readonly timeoutMs: number }): Promise<AppendResult> {
    const { maxPublishing, sender } = this.#parts
    if (sender.underWay >= maxPublishing) {
      return { taken: false, reason: 'commit-full', detail: `${maxPublishing} batches wait for the broker` }
    }
    return this.#whole(() => append(this, events, within))
  }

  blocked(): CommitFailure | undefined {
    if (this.#isClosed) return { reason: 'closed', detail: 'the store is closed' }
    const trouble = this.#parts.trouble()
    if (trouble === undefined) return undefined
    return { reason: 'failed', detail: `${trouble}. ${STORE_REMEDIES.ERR_STORE_BROKER_AWAY}` }
  }

  async commit(admission: Admission, isReplay: boolean): Promise<CommitFailure | KnownElsewhere | undefined> {
    await this.#raising
    const { sender, shared } = this.#parts
    const sent = await sender.send(admission, admission.timeoutMs, (messages) => {
      for (const { seq, share } of messages) shared.sent(seq, share)
      this.book.committed(admission, isReplay)
      this.#noteOldest()
      for (const { partition } of messages) this.#parts.stored(partition)
      this.#listeners.callSoon()
    })
    if (sent.kind === 'stored') return undefined
    if (sent.kind === 'refused') {
      // What was thought to be free is not: others have filled it.
      if (sent.failure.reason === 'items-full' || sent.failure.reason === 'bytes-full') this.#parts.lookSoon()
      return sent.failure
    }
    this.book.knownElsewhere(admission)
    return 'known-elsewhere'
  }

  async read(request: ReadRequest): Promise<readonly StoredEvent[]> {
    const { held } = this.#parts
    const { after, maxItems, maxBytes = Number.POSITIVE_INFINITY } = request
    const missing = maxItems - held.countAfter(after, maxItems)
    if (missing > 0) await this.#take(missing, maxBytes)
    const found: StoredEvent[] = []
    let bytes = 0
    for (const event of held.after(after)) {
      bytes += event.payload.length
      if (found.length >= maxItems || (found.length > 0 && bytes > maxBytes)) break
      found.push(event)
    }
    return found
  }

  async get(seq: number): Promise<StoredEvent | undefined> {
    await this.#lookFor([seq])
    const { held } = this.#parts
    const event = held.get(seq)
    const payload = event && (held.payloadOf(seq) ?? (await this.#fetchAgain(event)))
    return payload && held.get(seq) ? held.stored(seq, payload) : undefined
  }

  async settle(seqs: readonly number[], outcome: SettleOutcome): Promise<number> {
    await this.#lookFor(seqs)
    const touched = new Set<HeldMessage>()
    let settled = 0
    for (const seq of seqs) {
      const event = this.#parts.held.get(seq)
      if (!event) continue
      this.book.settled(seq, event.bytes, outcome)
      this.#parts.held.remove(event)
      touched.add(event.message)
      settled++
    }
    this.#noteOldest()
    await this.#tellProgress(touched)
    return settled
  }

  async defer(deferrals: readonly Deferral[]): Promise<void> {
    await this.#lookFor(deferrals.map(({ seq }) => seq))
    const { held } = this.#parts
    const touched = new Set<HeldMessage>()
    for (const deferral of deferrals) {
      const event = held.get(deferral.seq)
      if (!event) continue
      held.defer(event, deferral.attempts, deferral.dueAtMs)
      this.book.deferrals.set(deferral.seq, deferral)
      touched.add(event.message)
    }
    await this.#tellProgress(touched)
  }

  deferred(): readonly Deferral[] {
    return [...this.book.deferrals.values()].sort((a, b) => a.dueAtMs - b.dueAtMs)
  }

  async deadLetter(seq: number, reason: string, failed?: number): Promise<boolean> {
    const { held, dead, wallNowMs } = this.#parts
    const payload = await this.get(seq)
    const event = held.get(seq)
    if (!event || !payload || !this.book.hasRoomForDead(event.bytes)) return false
    const { bytes, message, place } = event
    const attempts = failed ?? this.book.deferrals.get(seq)?.attempts ?? event.attempts
    const note = { bytes, attempts, reason, deadAtMs: wallNowMs() }
    const letter = await dead.add(payload, note, `${message.batch}-${place}`)
    if (typeof letter !== 'number') {
      if (letter.reason === 'items-full' || letter.reason === 'bytes-full') return false
      throw new StoreError('ERR_STORE_BROKER_AWAY', this.name, { found: letter.detail, cause: letter.cause })
    }
    if (!held.get(seq)) return false
    this.book.setAside({ ...note, seq: letter }, seq)
    held.remove(event)
    this.#noteOldest()
    await this.#tellProgress(new Set([message]))
    return true
  }

  async listDeadLetters(request: ReadRequest): Promise<readonly DeadLetter[]> {
    const { after, maxItems, maxBytes = Number.POSITIVE_INFINITY } = request
    const seqs: number[] = []
    let bytes = 0
    for (const seq of [...this.book.dead.keys()].filter((each) => each > after).sort((a, b) => a - b)) {
      bytes += this.book.dead.get(seq)?.bytes ?? 0
      if (seqs.length >= maxItems || (seqs.length > 0 && bytes > maxBytes)) break
      seqs.push(seq)
    }
    const events = await this.#parts.dead.read(seqs)
    return [...events].flatMap(([seq, event]) => {
      const note = this.book.dead.get(seq)
      if (!note) return []
      const { attempts, reason, deadAtMs } = note
      return [{ ...event, seq, attempts, dueAtMs: 0, reason, deadAtMs }]
    })
  }

  async replayDeadLetters(seqs: readonly number[]): Promise<AppendResult> {
    const known = [...new Set(seqs)].filter((seq) => this.book.dead.has(seq))
    const letters = [...(await this.#parts.dead.read(known))]
    const { durability } = this
    let accepted = 0
    for (const batch of this.#inMessages(letters)) {
      const events = batch.map(([, event]) => event)
      const result = await this.#whole(() => appendReplay(this, events))
      // Those before are back already: they are told of, and the rest stays.
      if (!result.taken) {
        return accepted > 0 ? { taken: true, accepted, duplicates: 0, durability } : result
      }
      accepted += result.accepted
      await this.#parts.dead.delete(batch.map(([seq]) => seq))
    }
    return { taken: true, accepted, duplicates: 0, durability }
  }

  async purgeDeadLetters(seqs: readonly number[]): Promise<number> {
    const purged = await this.#parts.dead.delete(seqs)
    this.book.tally.purged += purged.length
    return purged.length
  }

  counts(): StreamCounts {
    return this.book.counts()
  }

  onReadable(listener: () => void): Cancel {
    return this.#listeners.add(listener)
  }

  setBacklog(backlog: StreamOptions['backlog']): void {
    this.book.setBacklog(backlog)
    // Never lowered there: what is in it stays, and the others may want it.
    this.#raising = this.#parts.raiseLimits(backlog)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    while (this.#committing > 0) await new Promise<void>((resolve) => this.#parts.clock.schedule(1, resolve))
    await this.#parts.close()
  }

  /** Counts what is on its way, so that a stop waits for it. */
  async #whole(work: () => Promise<AppendResult>): Promise<AppendResult> {
    this.#committing++
    try {
      return await work()
    } finally {
      this.#committing--
    }
  }

  async #take(items: number, bytes: number): Promise<void> {
    const { taker, shared } = this.#parts
    const mean = shared.meanMessage
    await taker.take(Math.min(items / mean.items, Number.isFinite(bytes) ? bytes / mean.bytes : items))
  }

  /** Takes on what has numbers that were not given yet. */
  async #lookFor(seqs: readonly number[]): Promise<void> {
    const { held, taker } = this.#parts
    const highest = Math.max(0, ...seqs)
    for (let last = -1; held.lastSeq < highest && last !== held.lastSeq; ) {
      last = held.lastSeq
      await taker.take(LOOK_STEP)
    }
  }

  /** The bytes of an event that waits for its retry. */
  async #fetchAgain({ message, place, seq }: HeldEvent): Promise<EnvelopedEvent | undefined> {
    const { manager, stream, held, sync } = this.#parts
    message.isParked = false
    const found = await manager.streams.getMessage(stream, { seq: message.brokerSeq })
    if (found?.header.get(BATCH_HEADER) === message.batch) return decodeBatch(found.data)[place]
    // Another gateway has taken it over, and is done with it; or the broker has lost it.
    const event = held.get(seq)
    if (event) held.remove(event)
    this.book.deferrals.delete(seq)
    sync()
    return undefined
  }

  /** Tells the broker what became of batches: done with, or how far, or that all the rest of one waits. */
  async #tellProgress(messages: ReadonlySet<HeldMessage>): Promise<void> {
    const { notes, taker, wallNowMs } = this.#parts
    const done = [...messages].filter(({ live }) => live.size === 0)
    const left = [...messages].filter(({ live }) => live.size > 0)
    for (const message of done) notes.forget(message)
    await Promise.all([taker.acknowledge(done), ...left.map((message) => notes.write(message))])
    for (const message of left) {
      const due = [...message.live.values()].map((seq) => this.book.deferrals.get(seq)?.dueAtMs)
      const soonest = Math.min(...due.map((atMs) => atMs ?? 0))
      const allWait = due.length > 0 && due.every((atMs) => atMs !== undefined)
      if (allWait) taker.park(message, soonest - wallNowMs())
    }
  }

  #noteOldest(): void {
    this.book.oldestReceivedAtMs = this.#parts.oldestReceivedAtMs()
  }

  /** Letters in as few messages as they fit in. */
  *#inMessages(
    letters: readonly (readonly [number, EnvelopedEvent])[],
  ): Generator<readonly (readonly [number, EnvelopedEvent])[]> {
    let batch: (readonly [number, EnvelopedEvent])[] = []
    let bytes = 0
    for (const letter of letters) {
      const more = encodeBatch([letter[1]]).length
      if (batch.length > 0 && bytes + more > this.#parts.maxMessageBytes) {
        yield batch
        batch = []
        bytes = 0
      }
      batch.push(letter)
      bytes += more
    }
    if (batch.length > 0) yield batch
  }
}
