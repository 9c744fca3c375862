/**
 * What a stream knows of its events beyond their bytes: which have left, which
 * are set aside, which wait. Kept in memory, noted in the journal, rebuilt
 * from it.
 */
import type { DeadNote, StreamBook } from '../stream-book.ts'
import type { JournalOwner } from './journal.ts'
import { decodeEntry, encodeEntry, type JournalEntry } from './journal-entries.ts'
import type { SegmentList } from './segment-list.ts'

/** The state of a stream's events, in agreement with the books. */
export class StreamState implements JournalOwner {
  readonly #segments: SegmentList
  readonly #book: StreamBook

  constructor(segments: SegmentList, book: StreamBook) {
    this.#segments = segments
    this.#book = book
  }

  /** Takes note of one entry of the journal. What it says of segments that are gone is passed over. */
  replay(body: Buffer): void {
    const entry = decodeEntry(body)
    if (entry) this.#apply(entry)
  }

  /** The journal in short: what it has to say of the segments that are still there. */
  summarise(): readonly Buffer[] {
    const entries: JournalEntry[] = []
    for (const { firstSeq, leftBytes, left } of this.#segments.all()) {
      if (left.count > 0) entries.push({ kind: 'segment', firstSeq, leftBytes, bits: left.toBytes() })
    }
    for (const note of this.#book.dead.values()) entries.push({ kind: 'dead', note })
    const deferrals = [...this.#book.deferrals.values()]
    if (deferrals.length > 0) entries.push({ kind: 'deferred', deferrals })
    return entries.map(encodeEntry)
  }

  /** Dead letters that came back under another number are dead no more. */
  forgetReplayed(seqs: readonly number[]): void {
    for (const seq of seqs) this.#book.dead.delete(seq)
  }

  /** An event left the backlog. `false` when it had left before, or is unknown. */
  leave(seq: number, bytes: number): boolean {
    const segment = this.#segments.find(seq)
    if (!segment?.left.add(seq)) return false
    segment.leftBytes += bytes
    return true
  }

  /** A dead letter came to its segment, or left it (`sign` -1). */
  countDead(note: DeadNote, sign: 1 | -1): void {
    const segment = this.#segments.find(note.seq)
    if (!segment) return
    segment.deadItems += sign
    segment.deadBytes += sign * note.bytes
  }

  /** Whether the event is in the backlog. */
  isQueued(seq: number): boolean {
    const segment = this.#segments.find(seq)
    return segment !== undefined && !segment.left.has(seq)
  }

  /** The first event of the backlog, from the number `from` on; `undefined` when there is none. */
  firstQueued(from = 0): number | undefined {
    const segments = this.#segments
    for (let segment = segments.findFrom(from); segment; segment = segments.after(segment)) {
      const seq = segment.left.nextLive(Math.max(from, segment.firstSeq))
      if (seq <= segment.lastSeq) return seq
    }
    return undefined
  }

  /** Tells the books what an opening found. `lost`: how many acknowledged events could not be read. */
  tellBook(lost: number): void {
    let items = lost
    let bytes = 0
    for (const segment of this.#segments.all()) {
      items += segment.items - segment.left.count
      bytes += segment.bytes - segment.leftBytes
    }
    for (const seq of this.#book.deferrals.keys()) {
      if (!this.isQueued(seq)) this.#book.deferrals.delete(seq)
    }
    for (const note of this.#book.dead.values()) this.countDead(note, 1)
    this.#book.found(items, bytes)
    for (let i = 0; i < lost; i++) this.#book.settledAsDamaged()
  }

  #apply(entry: JournalEntry): void {
    const { dead, deferrals } = this.#book
    switch (entry.kind) {
      case 'left':
        for (const event of entry.events) this.leave(event.seq, event.bytes)
        break
      case 'dead':
        this.leave(entry.note.seq, entry.note.bytes)
        if (this.#segments.find(entry.note.seq)) dead.set(entry.note.seq, entry.note)
        break
      case 'undead':
        for (const seq of entry.seqs) dead.delete(seq)
        break
      case 'deferred':
        for (const deferral of entry.deferrals) deferrals.set(deferral.seq, deferral)
        break
      case 'segment':
        this.#loadBits(entry)
    }
  }

  #loadBits(entry: JournalEntry & { readonly kind: 'segment' }): void {
    const segment = this.#segments.find(entry.firstSeq)
    if (segment?.firstSeq !== entry.firstSeq) return
    segment.left.load(entry.bits)
    segment.leftBytes = entry.leftBytes
  }
}
