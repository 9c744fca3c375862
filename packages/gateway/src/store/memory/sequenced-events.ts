/**
 * Events by their number, readable in order from any number on.
 *
 * Numbers are only added in ascending order, except that dead letters may
 * come in any order; an ordered array of numbers beside the map serves both.
 * Deleted numbers stay in the array until half of it is dead.
 */
import type { NewEvent } from '../store.ts'

/** A map of events, ordered by number. */
export class SequencedEvents {
  readonly #events = new Map<number, NewEvent>()
  #order: number[] = []
  /** Everything before this index is deleted. */
  #head = 0

  add(seq: number, event: NewEvent): void {
    this.#events.set(seq, event)
    if (seq > (this.#order.at(-1) ?? 0)) this.#order.push(seq)
    else {
      this.#compact()
      this.#order.splice(this.#indexAfter(seq), 0, seq)
    }
  }

  get(seq: number): NewEvent | undefined {
    return this.#events.get(seq)
  }

  delete(seq: number): void {
    this.#events.delete(seq)
    while (this.#head < this.#order.length && !this.#events.has(this.#order[this.#head] ?? 0)) this.#head++
    if (this.#order.length - this.#events.size > 64 + this.#events.size) this.#compact()
  }

  first(): NewEvent | undefined {
    return this.#events.get(this.#order[this.#head] ?? 0)
  }

  /** The events numbered above `seq`, in order. */
  *after(seq: number): Generator<[number, NewEvent]> {
    for (let i = this.#indexAfter(seq); i < this.#order.length; i++) {
      const at = this.#order[i] ?? 0
      const event = this.#events.get(at)
      if (event) yield [at, event]
    }
  }

  #compact(): void {
    this.#order = this.#order.filter((seq) => this.#events.has(seq))
    this.#head = 0
  }

  #indexAfter(seq: number): number {
    let low = this.#head
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#order[middle] ?? 0) <= seq) low = middle + 1
      else high = middle
    }
    return low
  }
}
