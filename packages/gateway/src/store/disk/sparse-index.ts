/**
 * Where about a record lies: one entry for every 64 KiB of a segment.
 */
const SPACING_BYTES = 64 * 1024

/** Pairs of number and offset, both ascending. */
export class SparseIndex {
  readonly #seqs: number[] = []
  readonly #offsets: number[] = []

  get size(): number {
    return this.#seqs.length
  }

  /** Notes a record, when the last note lies far enough back. Records are told in order. */
  note(seq: number, offset: number): void {
    const last = this.#offsets.at(-1)
    if (last !== undefined && offset - last < SPACING_BYTES) return
    this.#seqs.push(seq)
    this.#offsets.push(offset)
  }

  /** The nearest noted offset at or before the record `seq`; `undefined` when there is none. */
  offsetBefore(seq: number): number | undefined {
    let low = 0
    let high = this.#seqs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#seqs[middle] ?? 0) <= seq) low = middle + 1
      else high = middle
    }
    return low === 0 ? undefined : this.#offsets[low - 1]
  }

  /** The entries from `from` on, for a file. */
  entries(): readonly (readonly [seq: number, offset: number])[] {
    return this.#seqs.map((seq, i) => [seq, this.#offsets[i] ?? 0])
  }

  /** Takes over an entry from a file. */
  load(seq: number, offset: number): void {
    this.#seqs.push(seq)
    this.#offsets.push(offset)
  }
}
