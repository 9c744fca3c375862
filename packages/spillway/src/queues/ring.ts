/**
 * A ring buffer: a first-in first-out list of at most `capacity` items.
 *
 * It allocates as it fills, by doubling, so that a large capacity costs
 * nothing until it is used; taken slots are cleared, so that a large item is
 * not kept alive by the ring.
 *
 * Floor 1: imports nothing.
 */
const FIRST_SIZE = 16

/** Bounded first-in first-out storage. `push` and `shift` cost O(1), amortised. */
export class Ring<T> {
  /** The most items it holds. */
  readonly capacity: number
  #slots: (T | undefined)[] = []
  #mask = -1
  #head = 0
  #size = 0

  /** @param capacity - a whole number of at least 0, or `Infinity`; the caller has checked it */
  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** How many items it holds now. */
  get size(): number {
    return this.#size
  }

  /** Adds an item at the end; `false` when it is full, and nothing changes. */
  push(item: T): boolean {
    const size = this.#size
    if (size >= this.capacity) return false
    if (size > this.#mask) this.#grow()
    this.#slots[(this.#head + size) & this.#mask] = item
    this.#size = size + 1
    return true
  }

  /** Takes the oldest item. Ask `size` first: an empty ring answers `undefined`, as an item may be too. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const head = this.#head
    const item = this.#slots[head]
    this.#slots[head] = undefined
    this.#head = (head + 1) & this.#mask
    this.#size--
    return item
  }

  #grow(): void {
    const old = this.#slots
    const slots = new Array<T | undefined>(Math.max(FIRST_SIZE, old.length * 2)).fill(undefined)
    for (let i = 0; i < this.#size; i++) slots[i] = old[(this.#head + i) & this.#mask]
    this.#slots = slots
    this.#mask = slots.length - 1
    this.#head = 0
  }
}
