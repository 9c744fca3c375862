/**
 * Group commit: while one group is being written and flushed the next one
 * gathers, and all of a group are answered together. There is no timer: a
 * lone caller waits for nobody.
 */

interface Waiting<T> {
  readonly item: T
  readonly weight: number
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

/** Runs `commit` over groups of items, one group at a time, in order. */
export class GroupCommit<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>
  readonly #maxWeight: number
  #waiting: Waiting<T>[] = []
  #running: Promise<void> | undefined

  /**
   * @param commit - makes a group durable; when it rejects, so does every item of the group
   * @param maxWeight - the heaviest group; a single item may be heavier
   */
  constructor(commit: (items: readonly T[]) => Promise<void>, maxWeight: number) {
    this.#commit = commit
    this.#maxWeight = maxWeight
  }

  /** Resolves when the item is committed; rejects with what its group failed with. */
  submit(item: T, weight: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, weight, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing is being committed any more. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // What else was ready to be submitted in this turn shares the flush.
      await new Promise<void>((resolve) => {
        setImmediate(resolve)
      })
      const group = this.#takeGroup()
      try {
        await this.#commit(group.map((waiting) => waiting.item))
        for (const waiting of group) waiting.resolve()
      } catch (cause) {
        for (const waiting of group) waiting.reject(cause)
      }
    }
    this.#running = undefined
  }

  #takeGroup(): Waiting<T>[] {
    let weight = 0
    let count = 0
    for (const waiting of this.#waiting) {
      weight += waiting.weight
      if (count > 0 && weight > this.#maxWeight) break
      count++
    }
    return this.#waiting.splice(0, count)
  }
}
