/**
 * Which events of a segment still matter to the backlog: one bit each, set
 * when the event has left. The bits are made when the first one is set.
 */

/** The events `firstSeq` and up that have left the backlog. */
export class LeftSet {
  readonly firstSeq: number
  #bits: Uint8Array = new Uint8Array(0)
  #count = 0

  constructor(firstSeq: number) {
    this.firstSeq = firstSeq
  }

  /** How many have left. */
  get count(): number {
    return this.#count
  }

  has(seq: number): boolean {
    const at = seq - this.firstSeq
    return ((this.#bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0
  }

  /** Notes that an event has left; `false` when it had before. */
  add(seq: number): boolean {
    if (this.has(seq)) return false
    const at = seq - this.firstSeq
    if (at >> 3 >= this.#bits.length) this.#grow((at >> 3) + 1)
    this.#bits[at >> 3] = (this.#bits[at >> 3] ?? 0) | (1 << (at & 7))
    this.#count++
    return true
  }

  /** The first number from `seq` on that has not left. It may lie behind the segment's end. */
  nextLive(seq: number): number {
    let next = seq
    while (this.#count > 0) {
      const at = next - this.firstSeq
      if ((at & 7) === 0 && this.#bits[at >> 3] === 255) next += 8
      else if (this.has(next)) next++
      else break
    }
    return next
  }

  /** The bits, for the journal. */
  toBytes(): Uint8Array {
    return this.#bits
  }

  /** Takes over bits from the journal. */
  load(bits: Uint8Array): void {
    this.#bits = Uint8Array.from(bits)
    this.#count = 0
    for (const byte of this.#bits) for (let rest = byte; rest > 0; rest >>= 1) this.#count += rest & 1
  }

  #grow(bytes: number): void {
    const bits = new Uint8Array(Math.max(bytes, 2 * this.#bits.length, 64))
    bits.set(this.#bits)
    this.#bits = bits
  }
}
