/**
 * The events that were committed last, for a reader that keeps up: it need not
 * read back from the disk what was in memory a moment ago.
 *
 * They follow, without a gap, what was read before. What does not fit, or does
 * not follow, is not kept: the reader finds it on the disk, and the tail begins
 * anew when it has caught up. So a slow consumer costs a bounded number of
 * bytes, and nothing else. All streams of a store share a bound too; where it
 * is reached, those give way whose reader has to go to the disk anyway.
 */
import type { NewEvent } from '../store.ts'

/** The most that one stream keeps, and all of a store: payloads, and what their envelopes take. */
const MOST_BYTES = 4 * 2 ** 20
const MOST_BYTES_TOGETHER = 64 * 2 ** 20
/** An event in memory without its payload and its texts: three objects on the heap. */
const ENVELOPE_BYTES = 300

/** The memory that the tails of a store share. */
export class TailMemory {
  #free: number
  readonly #behind = new Set<Tail>()

  constructor(mostBytes: number = MOST_BYTES_TOGETHER) {
    this.#free = mostBytes
  }

  /** Takes so much, if need be from those that are behind; whether it did. */
  tryTake(bytes: number): boolean {
    if (bytes > this.#free) {
      for (const tail of this.#behind) tail.giveWay()
      this.#behind.clear()
    }
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  give(bytes: number): void {
    this.#free += bytes
  }

  /** What was committed behind this tail is not in memory: it can give way. */
  isBehind(tail: Tail): void {
    this.#behind.add(tail)
  }

  /** It has caught up, or is no more. */
  isBehindNoMore(tail: Tail): void {
    this.#behind.delete(tail)
  }
}

/** Events that were committed together. */
interface Run {
  readonly firstSeq: number
  readonly events: readonly NewEvent[]
  readonly bytes: number
}

/** A run of events, by number. */
export class Tail {
  readonly #memory: TailMemory
  /** One behind the other, without a gap. */
  #runs: Run[] = []
  /** The number of the next event that will be kept. */
  #nextSeq = 1
  #bytes = 0
  /** Where the last event was found. */
  #found: Run | undefined

  constructor(memory: TailMemory = new TailMemory()) {
    this.#memory = memory
  }

  /** A batch was committed. */
  add(firstSeq: number, events: readonly NewEvent[]): void {
    if (firstSeq !== this.#nextSeq || events.length === 0) return
    const bytes = bytesOf(events)
    if (this.#bytes + bytes > MOST_BYTES || !this.#memory.tryTake(bytes)) {
      this.#memory.isBehind(this)
      return
    }
    this.#runs.push({ firstSeq, events, bytes })
    this.#bytes += bytes
    this.#nextSeq += events.length
  }

  /** The event of this number, if it is here. */
  at(seq: number): NewEvent | undefined {
    if (!this.#found || !isIn(this.#found, seq)) this.#found = this.#find(seq)
    return this.#found?.events[seq - this.#found.firstSeq]
  }

  /** Everything up to this number was read. Events that were committed together are let go of together. */
  readUpTo(seq: number): void {
    let read = 0
    for (const { firstSeq, events, bytes } of this.#runs) {
      if (firstSeq + events.length - 1 > seq) break
      this.#letGo(bytes)
      read++
    }
    if (read > 0) {
      this.#runs.splice(0, read)
      this.#found = undefined
    }
    if (seq < this.#nextSeq) return
    this.#nextSeq = seq + 1
    this.#memory.isBehindNoMore(this)
  }

  /** Keeps nothing: its reader goes to the disk, and it begins anew when that has caught up. */
  giveWay(): void {
    this.#runs = []
    this.#found = undefined
    this.#letGo(this.#bytes)
  }

  /** The stream is closed. */
  close(): void {
    this.giveWay()
    this.#memory.isBehindNoMore(this)
  }

  #find(seq: number): Run | undefined {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >> 1
      const run = this.#runs[middle] as Run // between both ends
      if (isIn(run, seq)) return run
      if (run.firstSeq > seq) high = middle
      else low = middle + 1
    }
    return undefined
  }

  #letGo(bytes: number): void {
    this.#bytes -= bytes
    this.#memory.give(bytes)
  }
}

function isIn({ firstSeq, events }: Run, seq: number): boolean {
  return seq >= firstSeq && seq < firstSeq + events.length
}

/** The texts that a request gives to all its events are there once. */
function bytesOf(events: readonly NewEvent[]): number {
  const { tenant = '', contentType = '', traceparent = '' } = events[0] ?? {}
  let bytes = ENVELOPE_BYTES * events.length + tenant.length + contentType.length + traceparent.length
  for (const { payload, id, key, attributes } of events) {
    bytes += payload.length + id.length
    if (key !== undefined) bytes += key.length
    if (attributes !== undefined) bytes += attributes.length
  }
  return bytes
}
