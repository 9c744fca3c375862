/**
 * Takes a batch in the place of the oldest events, as many of them as it needs.
 *
 * Imports `store`, `protocol`, `batch`.
 */
import type { Receipt } from '../protocol/receipt.ts'
import type { StreamStore } from '../store/store.ts'
import type { Batch } from './batch.ts'

/** What pushing in is made of. */
export interface PushInOptions {
  readonly store: Pick<StreamStore, 'counts'>
  /** How much the stream may hold now. */
  backlog(): { readonly items: number; readonly bytes: number }
  /** Pushes out the oldest that are not being delivered; how many that were. */
  evictOldest(items: number, bytes: number): Promise<number>
  /** So many were pushed out. */
  onEvicted?(count: number): void
}

/** Takes a batch, all or none; `undefined` when there is no room. */
export type TakeBatch = (batch: Batch) => Promise<Receipt | undefined>

/** Pushes newcomers into a full stream. */
export class PushIn {
  readonly #options: PushInOptions
  readonly #take: TakeBatch

  constructor(options: PushInOptions, take: TakeBatch) {
    this.#options = options
    this.#take = take
  }

  /** Takes a batch, all or none; `undefined` when all that could be pushed out is being delivered. */
  async take(batch: Batch): Promise<Receipt | undefined> {
    const { evictOldest, onEvicted } = this.#options
    for (;;) {
      const { items, bytes } = this.#lacking(batch)
      const evicted = await evictOldest(items, bytes)
      onEvicted?.(evicted)
      const receipt = await this.#take(batch)
      if (receipt || evicted === 0) return receipt
    }
  }

  #lacking(batch: Batch): { readonly items: number; readonly bytes: number } {
    const { store, backlog } = this.#options
    const most = backlog()
    const { backlog: held, committing } = store.counts()
    return {
      items: held.items + committing.items + batch.items - most.items,
      bytes: held.bytes + committing.bytes + batch.bytes - most.bytes,
    }
  }
}
