/**
 * What could not be delivered: looked at, delivered again, or forgotten.
 *
 * Imports `store`.
 */
import type { AppendResult, DeadLetter, StreamStore } from '../store/store.ts'

/** How many are read or moved in one step. */
const STEP = 500
const STEP_BYTES = 4 * 2 ** 20

/** What a replay came to: how many are back in the backlog, and why it ended early, if so. */
export interface ReplayReport {
  readonly replayed: number
  readonly refused?: string
}

/** The dead letters of one stream. */
export class DeadLetters {
  readonly #store: StreamStore
  readonly #onRoom: () => void

  /** @param onRoom - there is a place again */
  constructor(store: StreamStore, onRoom: () => void) {
    this.#store = store
    this.#onRoom = onRoom
  }

  /** Some of them in order, after the one numbered `after`. */
  list(after: number, maxItems: number): Promise<readonly DeadLetter[]> {
    return this.#store.listDeadLetters({ after, maxItems, maxBytes: STEP_BYTES })
  }

  /** Puts those with these numbers back at the end of the backlog; all of them when left out. */
  async replay(seqs?: readonly number[]): Promise<ReplayReport> {
    let replayed = 0
    for await (const step of this.#steps(seqs)) {
      const result: AppendResult = await this.#store.replayDeadLetters(step)
      if (!result.taken) return { replayed, refused: result.detail }
      replayed += result.accepted
      this.#onRoom()
    }
    return { replayed }
  }

  /** Forgets those with these numbers; all of them when left out. Returns how many. */
  async purge(seqs?: readonly number[]): Promise<number> {
    let purged = 0
    for await (const step of this.#steps(seqs)) {
      purged += await this.#store.purgeDeadLetters(step)
      this.#onRoom()
    }
    return purged
  }

  /** The numbers in steps. Those that become dead letters meanwhile are left alone. */
  async *#steps(seqs: readonly number[] | undefined): AsyncGenerator<readonly number[]> {
    if (seqs) {
      for (let at = 0; at < seqs.length; at += STEP) yield seqs.slice(at, at + STEP)
      return
    }
    let left = this.#store.counts().deadLetters.items
    for (let after = 0; left > 0; ) {
      const letters = await this.list(after, Math.min(left, STEP))
      after = letters.at(-1)?.seq ?? 0
      if (letters.length === 0) return
      left -= letters.length
      yield letters.map(({ seq }) => seq)
    }
  }
}
