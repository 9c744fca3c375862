/**
 * The sizes of events that were read lately, so that settling one need not
 * read it again. Bounded: what is forgotten is read again.
 */
const MOST = 100_000

/** A bounded map from number to payload bytes. */
export class EventSizes {
  readonly #sizes = new Map<number, number>()

  get(seq: number): number | undefined {
    return this.#sizes.get(seq)
  }

  set(seq: number, bytes: number): void {
    this.#sizes.set(seq, bytes)
    if (this.#sizes.size <= MOST) return
    for (const oldest of this.#sizes.keys()) {
      this.#sizes.delete(oldest)
      break
    }
  }

  delete(seq: number): void {
    this.#sizes.delete(seq)
  }
}
