/**
 * Reads events of the backlog from the segments, off the event loop, by
 * the chunk. It remembers where the last reading ended, so that following the
 * backlog costs no search.
 */
import type { StoredEvent } from '../store.ts'
import type { Decoded } from './record.ts'
import { type Chunk, type ChunkSize, LARGE_CHUNK, readChunk } from './record-reader.ts'
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

/** What the reader tells its owner. */
export interface LogReaderOptions {
  readonly segments: SegmentList
  /** Events that can't be read, in a segment that is damaged. */
  readonly onLost: (segment: Segment, seqs: readonly number[]) => void
}

const MOST_OPEN_FILES = 8
/** For a few events, or one. */
const SMALL_CHUNK: ChunkSize = { bytes: 8 * 1024, records: 16 }

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
  async read(search: Search): Promise<StoredEvent[]> {
    const found: StoredEvent[] = []
    let room = search.maxBytes
    let seq = search.after
    for (let segment = this.#options.segments.findFrom(seq + 1); segment; ) {
      const from = segment.left.nextLive(Math.max(seq + 1, segment.firstSeq))
      const chunk = await this.#readFrom(segment, from, search.maxItems - found.length)
      if (chunk === 'end') {
        const { segments } = this.#options
        segment = segment.isGone ? segments.findFrom(seq + 1) : segments.after(segment)
        continue
      }
      for (const record of chunk.records) {
        if (record.seq < from) continue
        seq = record.seq
        if (segment.left.has(seq) || search.skip(seq)) continue
        room -= record.event.payload.length
        if (found.length > 0 && room < 0) return this.#stopBefore(segment, record, chunk, found)
        found.push(record.event)
        if (found.length >= search.maxItems) return this.#stopBehind(segment, record, chunk, found)
      }
    }
    return found
  }

  /** One event, whether it has left the backlog or not; `undefined` when it cannot be read. */
  async get(seq: number): Promise<StoredEvent | undefined> {
    const segment = this.#options.segments.find(seq)
    if (!segment) return undefined
    let offset = this.#offsetOf(segment, seq)
    while (offset < segment.end) {
      const chunk = await this.#chunk(segment, offset, SMALL_CHUNK)
      const record = chunk.records.find((each) => each.seq >= seq)
      if (record?.seq === seq) return copied(record.event)
      if (record) break
      offset = chunk.next
    }
    if (segment.isGone) return this.get(seq)
    this.#lose(segment, seq, seq)
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

  /** Reads the chunk that holds the event `seq`, or the first one behind it; about `items` events. */
  async #readFrom(segment: Segment, seq: number, items: number): Promise<Chunk | 'end'> {
    if (seq > segment.lastSeq) return 'end'
    let offset = this.#offsetOf(segment, seq)
    const size = chunkFor(segment, items)
    for (;;) {
      if (offset >= segment.end) {
        if (!segment.isGone) this.#lose(segment, seq, segment.lastSeq)
        return 'end'
      }
      const chunk = await this.#chunk(segment, offset, size)
      const first = chunk.records[0]?.seq
      const last = chunk.records.at(-1)?.seq
      if (first !== undefined && first > seq && !segment.isGone) this.#lose(segment, seq, first - 1)
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

  #stopBefore(segment: Segment, record: Decoded, chunk: Chunk, found: StoredEvent[]): StoredEvent[] {
    this.#hint = { segment, seq: record.seq, offset: chunk.from + record.start }
    return found
  }

  #stopBehind(segment: Segment, record: Decoded, chunk: Chunk, found: StoredEvent[]): StoredEvent[] {
    this.#hint = { segment, seq: record.seq + 1, offset: chunk.from + record.end }
    return found
  }

  #lose(segment: Segment, from: number, to: number): void {
    const lost: number[] = []
    for (let seq = from; seq <= to; seq++) if (!segment.left.has(seq)) lost.push(seq)
    if (lost.length === 0) return
    segment.damaged = true
    this.#options.onLost(segment, lost)
  }

  async #chunk(segment: Segment, from: number, size: ChunkSize): Promise<Chunk> {
    const { salt, end } = segment
    try {
      await this.#makeRoomFor(segment)
      return await segment.use((file) => readChunk({ file, salt, from, end }, size))
    } catch (error) {
      // Everything in it left the backlog meanwhile, or another file took its place.
      if (segment.isGone) return { from, records: [], next: end, isDamaged: false }
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

/** So much as `items` events are likely to take, within bounds. */
function chunkFor(segment: Segment, items: number): ChunkSize {
  const perEvent = segment.end / Math.max(1, segment.items)
  const bytes = Math.max(SMALL_CHUNK.bytes, Math.min(LARGE_CHUNK.bytes, Math.ceil(1.2 * items * perEvent)))
  return { bytes, records: Math.max(items, SMALL_CHUNK.records) }
}

/** A single event should not keep the whole chunk alive that it was read with. */
function copied(event: StoredEvent): StoredEvent {
  const { payload } = event
  return payload.length < SMALL_CHUNK.bytes ? { ...event, payload: Uint8Array.from(payload) } : event
}
