/**
 * A batch on its way into a stream: admitted by the books, not committed yet.
 */
import type { KnownId } from './dedupe-window.ts'
import type { NewEvent } from './store.ts'

/** Holds room and ids for a batch until it is committed or given up. */
export class Admission {
  readonly fresh: readonly NewEvent[]
  /** One for each fresh event; `undefined` for an event without a client's id. */
  readonly ids: readonly (KnownId | undefined)[]
  readonly bytes: number
  readonly duplicates: number
  /** How long the commit may take, where that is less than is usual. */
  timeoutMs: number | undefined
  #ended = false
  #listeners: (() => void)[] | undefined

  constructor(plan: Pick<Admission, 'fresh' | 'ids' | 'bytes' | 'duplicates'>) {
    this.fresh = plan.fresh
    this.ids = plan.ids
    this.bytes = plan.bytes
    this.duplicates = plan.duplicates
    for (const id of plan.ids) if (id) id.pending = this
  }

  /** Resolves when the batch is committed or given up. */
  ended(): Promise<void> {
    if (this.#ended) return Promise.resolve()
    return new Promise((resolve) => {
      this.#listeners ??= []
      this.#listeners.push(resolve)
    })
  }

  /** The batch is committed or given up: lets those wait no longer who came with one of its ids. */
  end(): void {
    this.#ended = true
    for (const id of this.ids) if (id) id.pending = undefined
    for (const listener of this.#listeners ?? []) listener()
    this.#listeners = undefined
  }
}
