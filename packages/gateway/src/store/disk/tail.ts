/**
 * The events that were committed last, for a reader that keeps up: it need not
 * read back from the disk what was in memory a moment ago.
 *
 * They follow, without a gap, what was read before. What does not fit, or does
 * not follow, is not kept: the reader finds it on the disk, and the tail begins
 * anew when it has caught up. So a slow consumer costs a bounded number of
 * bytes, and nothing else.
 */
import type { NewEvent } from '../store.ts'

/** The most that is kept: payloads, and what their envelopes take. */
const MOST_BYTES = 4 * 2 ** 20
const ENVELOPE_BYTES = 512

/** A run of events, by number. */
export class Tail {
  readonly #events: NewEvent[] = []
  /** The number of the first one; when there is none, of the next that will be kept. */
  #firstSeq = 1
  #bytes = 0

  /** A batch was committed. */
  add(firstSeq: number, events: readonly NewEvent[]): void {
    if (firstSeq !== this.#firstSeq + this.#events.length) return
    const bytes = bytesOf(events)
    if (this.#bytes + bytes > MOST_BYTES) return
    this.#bytes += bytes
    for (const event of events) this.#events.push(event)
  }

  /** The event of this number, if it is here. */
  at(seq: number): NewEvent | undefined {
    return this.#events[seq - this.#firstSeq]
  }

  /** Everything up to this number was read. */
  readUpTo(seq: number): void {
    if (seq < this.#firstSeq) return
    const read = this.#events.splice(0, seq + 1 - this.#firstSeq)
    this.#bytes -= bytesOf(read)
    this.#firstSeq = seq + 1
  }
}

function bytesOf(events: readonly NewEvent[]): number {
  let bytes = ENVELOPE_BYTES * events.length
  for (const { payload } of events) bytes += payload.length
  return bytes
}
