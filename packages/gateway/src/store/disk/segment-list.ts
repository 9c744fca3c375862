/**
 * The segments of a stream, in order. The last one is written to.
 */
import type { Segment } from './segment.ts'

/** An ordered list of segments; never empty once a stream is open. */
export class SegmentList {
  #segments: Segment[] = []

  add(segment: Segment): void {
    this.#segments.push(segment)
  }

  remove(segment: Segment): void {
    this.#segments = this.#segments.filter((each) => each !== segment)
  }

  /** Puts `fresh` in the place of `old`. */
  exchange(old: Segment, fresh: Segment): void {
    this.#segments = this.#segments.map((each) => (each === old ? fresh : each))
  }

  /** The one that is written to. */
  get active(): Segment {
    const last = this.#segments.at(-1)
    if (!last) throw new Error('a stream without a segment')
    return last
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0
  }

  all(): readonly Segment[] {
    return this.#segments
  }

  /** The segment that `seq` lies in; `undefined` when its file is gone, or it was never given. */
  find(seq: number): Segment | undefined {
    const segment = this.#segments[this.#indexFrom(seq)]
    return segment && segment.firstSeq <= seq ? segment : undefined
  }

  /** The first segment that holds `seq` or a later event. */
  findFrom(seq: number): Segment | undefined {
    return this.#segments[this.#indexFrom(seq)]
  }

  /** The one behind `segment`. */
  after(segment: Segment): Segment | undefined {
    return this.#segments[this.#indexFrom(segment.lastSeq + 1)]
  }

  #indexFrom(seq: number): number {
    let low = 0
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#segments[middle]?.lastSeq ?? 0) < seq) low = middle + 1
      else high = middle
    }
    return low
  }
}
