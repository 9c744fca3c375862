/**
 * Size and time of events that were read lately, so that settling one need not
 * read it again, and the age of the oldest is known at once. Bounded: what is
 * forgotten is read again.
 *
 * A table with a place for each number modulo its length: it costs no hashing
 * and leaves nothing to collect, on the way of every event. It grows while
 * events are in each other's places, up to a bound.
 */

const FEWEST_PLACES = 2 ** 10
const MOST_PLACES = 2 ** 17

/** What was read lately. A number is at least 1. */
export class RecentEvents {
  /** 0 where there is none. */
  #seqs = new Float64Array(FEWEST_PLACES)
  #bytes = new Uint32Array(FEWEST_PLACES)
  #atMs = new Float64Array(FEWEST_PLACES)

  /** An event was read. */
  note(seq: number, bytes: number, atMs: number): void {
    if (this.#isTaken(seq) && this.#seqs.length < MOST_PLACES) this.#grow()
    this.#put(seq, bytes, atMs)
  }

  /** The bytes of its payload; `undefined` when not known. */
  bytesOf(seq: number): number | undefined {
    const place = seq % this.#seqs.length
    return this.#seqs[place] === seq ? this.#bytes[place] : undefined
  }

  /** When it was received; `undefined` when not known. */
  receivedAtMsOf(seq: number): number | undefined {
    const place = seq % this.#seqs.length
    return this.#seqs[place] === seq ? this.#atMs[place] : undefined
  }

  /** It will not be asked for again. */
  forget(seq: number): void {
    const place = seq % this.#seqs.length
    if (this.#seqs[place] === seq) this.#seqs[place] = 0
  }

  #isTaken(seq: number): boolean {
    const other = this.#seqs[seq % this.#seqs.length]
    return other !== 0 && other !== seq
  }

  #put(seq: number, bytes: number, atMs: number): void {
    const place = seq % this.#seqs.length
    this.#seqs[place] = seq
    this.#bytes[place] = bytes
    this.#atMs[place] = atMs
  }

  #grow(): void {
    const [seqs, bytes, atMs] = [this.#seqs, this.#bytes, this.#atMs]
    const places = 2 * seqs.length
    this.#seqs = new Float64Array(places)
    this.#bytes = new Uint32Array(places)
    this.#atMs = new Float64Array(places)
    for (const [place, seq] of seqs.entries()) {
      if (seq !== 0) this.#put(seq, bytes[place] ?? 0, atMs[place] ?? 0)
    }
  }
}
