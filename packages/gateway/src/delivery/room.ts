/**
 * Whether a stream has room, without asking its store each time.
 *
 * What was free when the store was last asked, less what was sent to it since,
 * is surely free still: events that leave only make room. So the store is asked
 * again when that does not suffice, and not for each request.
 *
 * Imports `store`.
 */
import type { StreamStore } from '../store/store.ts'

/** Room in one stream. */
export class Room {
  readonly #store: Pick<StreamStore, 'counts'>
  readonly #most: () => { readonly items: number; readonly bytes: number }
  /** At least so much is free. */
  #items = 0
  #bytes = 0

  /** @param most - how much the stream may hold now */
  constructor(
    store: Pick<StreamStore, 'counts'>,
    most: () => { readonly items: number; readonly bytes: number },
  ) {
    this.#store = store
    this.#most = most
  }

  /** Whether so much is free now. */
  has(items: number, bytes: number): boolean {
    if (this.#isSurelyFree(items, bytes)) return true
    const { backlog, committing } = this.#store.counts()
    const most = this.#most()
    this.#items = most.items - backlog.items - committing.items
    this.#bytes = most.bytes - backlog.bytes - committing.bytes
    return this.#isSurelyFree(items, bytes)
  }

  /** So much is sent to the store. */
  use(items: number, bytes: number): void {
    this.#items -= items
    this.#bytes -= bytes
  }

  /** Nothing is known any more: the bounds are others, or the store said that it is full. */
  forget(): void {
    this.#items = 0
    this.#bytes = 0
  }

  #isSurelyFree(items: number, bytes: number): boolean {
    return items <= this.#items && bytes <= this.#bytes
  }
}
