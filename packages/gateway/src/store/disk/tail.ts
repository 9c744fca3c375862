/**
 * The events that were committed last, for a reader that keeps up: it need not
 * read back from the disk what was in memory a moment ago.
 *
 * They follow, without a gap, what was read before. What does not fit, or does
 * not follow, is not kept: the reader finds it on the disk, and the tail begins
 * anew when it has caught up. So a slow consumer costs a bounded number of
 * bytes, and nothing else. All streams of a store share a bound too; where it
 * is reached, those give way whose reader has to go to the disk anyway, or has
 * not read for long: its stream is paused, or its sink is away.
 */
import type { NewEvent } from '../store.ts'

/** The most that one stream keeps, and all of a store: payloads, and what their envelopes take. */
const MOST_BYTES = 4 * 2 ** 20
const MOST_BYTES_TOGETHER = 64 * 2 ** 20
/** An event in memory without its payload and its texts: three objects on the heap. */
const ENVELOPE_BYTES = 300

/** The memory that the tails of a store share. */
export class TailMemory {
  readonly #mostBytes: number
  #freeBytes: number
  #askedBytes = 0
  readonly #tails = new Set<Tail>()

  constructor(mostBytes: number = MOST_BYTES_TOGETHER) {
    this.#mostBytes = mostBytes
    this.#freeBytes = mostBytes
  }

  /** How much was asked for so far: it tells how long ago something was, where there is no clock. */
  get askedBytes(): number {
    return this.#askedBytes
  }

  /** Takes so much for a tail, if need be from others that can give way; whether it did. */
  tryTake(bytes: number, tail: Tail): boolean {
    this.#tails.add(tail)
    if (bytes > this.#freeBytes) this.#reclaimFor(tail)
    this.#askedBytes += bytes
    if (bytes > this.#freeBytes) return false
    this.#freeBytes -= bytes
    return true
  }

  give(bytes: number): void {
    this.#freeBytes += bytes
  }

  /** It is no more. */
  forget(tail: Tail): void {
    this.#tails.delete(tail)
  }

  /** Not to be read while as much is asked for as all may keep: that is long. */
  #reclaimFor(asking: Tail): void {
    const longAgo = this.#askedBytes - this.#mostBytes
    for (const tail of this.#tails) if (tail !== asking && tail.canGiveWay(longAgo)) tail.giveWay()
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
  /** Whether something was committed behind what is here that is not: the reader has to go to the disk. */
  #isBehind = false
  /** When it was last read, or began to keep something, by what had been asked of the memory. */
  #readAtBytes = 0

  constructor(memory: TailMemory = new TailMemory()) {
    this.#memory = memory
  }

  /** A batch was committed. */
  add(firstSeq: number, events: readonly NewEvent[]): void {
    if (firstSeq !== this.#nextSeq || events.length === 0) return
    const bytes = bytesOf(events)
    if (this.#bytes + bytes > MOST_BYTES || !this.#memory.tryTake(bytes, this)) {
      this.#isBehind = true
      return
    }
    if (this.#runs.length === 0) this.#readAtBytes = this.#memory.askedBytes
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
    this.#readAtBytes = this.#memory.askedBytes
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
    this.#isBehind = false
  }

  /** Whether it is of little use: its reader goes to the disk anyway, or has not read since then. */
  canGiveWay(sinceBytes: number): boolean {
    return this.#isBehind || this.#readAtBytes < sinceBytes
  }

  /** Keeps nothing: its reader goes to the disk, and it begins anew when that has caught up. */
  giveWay(): void {
    this.#nextSeq = this.#runs[0]?.firstSeq ?? this.#nextSeq
    this.#runs = []
    this.#found = undefined
    this.#letGo(this.#bytes)
  }

  /** The stream is closed. */
  close(): void {
    this.giveWay()
    this.#memory.forget(this)
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
