/**
 * Reads events of the backlog from the segments, off the event loop, by
 * the chunk. It remembers where the last reading ended, so that following the
 * backlog costs no search.
 */
import type { NewEvent } from '../store.ts'
import { CHUNK_BYTES, type Chunk, readChunk } from './record-reader.ts'
import { SEGMENT_HEADER_BYTES, type Segment } from './segment.ts'
import type { SegmentList } from './segment-list.ts'

/** What a reading looks for. */
export interface Search {
  readonly after: number
  readonly maxItems: number
  readonly maxBytes: number
  /** Whether an event of the backlog is to be passed over. */
  readonly skip: (seq: number) => boolean
}

/** An event found. */
export interface Found {
  readonly seq: number
  readonly event: NewEvent
}

/** What the reader tells its owner. */
export interface LogReaderOptions {
  readonly segments: SegmentList
  /** Events that can't be read, in a segment that is damaged. */
  readonly onLost: (segment: Segment, seqs: readonly number[]) => void
}

const MOST_OPEN_FILES = 8
const SMALL_READ_BYTES = 4 * 1024

interface Hint {
  readonly segment: Segment
  readonly seq: number
  readonly offset: number
}

/** Reads a stream's events. */
export class LogReader {
  readonly #options: LogReaderOptions
  readonly #opened = new Set<Segment>()
  #hint: Hint | undefined

  constructor(options: LogReaderOptions) {
    this.#options = options
  }

  /** The next events behind `after` that have not left the backlog. */
  async read(search: Search): Promise<Found[]> {
    const found: Found[] = []
    let room = search.maxBytes
    let seq = search.after
    for (let segment = this.#options.segments.findFrom(seq + 1); segment; ) {
      const chunk = await this.#readFrom(segment, segment.left.nextLive(Math.max(seq + 1, segment.firstSeq)))
      if (chunk === 'end') {
        segment = this.#options.segments.after(segment)
        continue
      }
      for (const record of chunk.records) {
        const { facts, event } = record
        if (facts.seq <= seq) continue
        if (!segment.left.has(facts.seq) && !search.skip(facts.seq)) {
          room -= event.payload.length
          if (found.length > 0 && room < 0) return this.#stop(segment, record, found)
          found.push({ seq: facts.seq, event })
        }
        seq = facts.seq
        if (found.length >= search.maxItems) return this.#stopAfter(segment, seq, chunk, found)
      }
    }
    return found
  }

  /** One event, whether it has left the backlog or not; `undefined` when its file is gone. */
  async get(seq: number): Promise<NewEvent | undefined> {
    const segment = this.#options.segments.find(seq)
    if (!segment) return undefined
    let offset = segment.sparse.offsetBefore(seq) ?? SEGMENT_HEADER_BYTES
    while (offset < segment.end) {
      const chunk = await this.#chunk(segment, offset, CHUNK_BYTES)
      const record = chunk.records.find((each) => each.facts.seq >= seq)
      if (record) return record.facts.seq === seq ? copied(record.event) : undefined
      offset = chunk.next
    }
    return undefined
  }

  /** Forgets a segment whose file goes away. */
  async drop(segment: Segment): Promise<void> {
    segment.isGone = true
    this.#opened.delete(segment)
    if (this.#hint?.segment === segment) this.#hint = undefined
    await segment.close()
  }

  async close(): Promise<void> {
    for (const segment of this.#opened) await segment.close()
    this.#opened.clear()
  }

  /** Reads the chunk that holds the event `seq`, or the first one behind it. */
  async #readFrom(segment: Segment, seq: number): Promise<Chunk | 'end'> {
    if (seq > segment.lastSeq) return 'end'
    let offset = this.#offsetOf(segment, seq)
    for (;;) {
      if (offset >= segment.end) {
        this.#lose(segment, seq, segment.lastSeq)
        return 'end'
      }
      const chunk = await this.#chunk(segment, offset, CHUNK_BYTES)
      const first = chunk.records[0]?.facts.seq
      const last = chunk.records.at(-1)?.facts.seq
      if (first !== undefined && first > seq) this.#lose(segment, seq, first - 1)
      if (last !== undefined && last >= seq) {
        this.#hint = { segment, seq: last + 1, offset: chunk.next }
        return chunk
      }
      offset = chunk.next
    }
  }

  #offsetOf(segment: Segment, seq: number): number {
    const hint = this.#hint
    const sparse = segment.sparse.offsetBefore(seq) ?? SEGMENT_HEADER_BYTES
    return hint?.segment === segment && hint.seq <= seq && hint.offset > sparse ? hint.offset : sparse
  }

  #stop(segment: Segment, at: { facts: { seq: number }; offset: number }, found: Found[]): Found[] {
    this.#hint = { segment, seq: at.facts.seq, offset: at.offset }
    return found
  }

  #stopAfter(segment: Segment, seq: number, chunk: Chunk, found: Found[]): Found[] {
    const next = chunk.records.find((record) => record.facts.seq > seq)
    this.#hint = { segment, seq: seq + 1, offset: next?.offset ?? chunk.next }
    return found
  }

  #lose(segment: Segment, from: number, to: number): void {
    const lost: number[] = []
    for (let seq = from; seq <= to; seq++) if (!segment.left.has(seq)) lost.push(seq)
    if (lost.length === 0) return
    segment.damaged = true
    this.#options.onLost(segment, lost)
  }

  async #chunk(segment: Segment, from: number, bytes: number): Promise<Chunk> {
    const { salt, end } = segment
    try {
      await this.#makeRoomFor(segment)
      return await segment.use((file) => readChunk({ file, salt, from, end }, bytes))
    } catch (error) {
      // Everything in it left the backlog meanwhile.
      if (segment.isGone) return { records: [], next: end, isDamaged: false }
      throw error
    }
  }

  async #makeRoomFor(segment: Segment): Promise<void> {
    this.#opened.delete(segment)
    this.#opened.add(segment)
    for (const oldest of this.#opened) {
      if (this.#opened.size <= MOST_OPEN_FILES) break
      this.#opened.delete(oldest)
      if (oldest.sealed) await oldest.close()
    }
  }
}

/** A single event should not keep the whole chunk alive that it was read with. */
function copied(event: NewEvent): NewEvent {
  return event.payload.length < SMALL_READ_BYTES
    ? { ...event, payload: Uint8Array.from(event.payload) }
    : event
}
