/**
 * What is due when: a binary heap, the soonest first.
 *
 * Pure; imports nothing.
 */

/** An event that is to be tried at a time. */
export interface Due {
  readonly seq: number
  readonly key: string | undefined
  readonly atMs: number
  /** Whether it is a retry, which needs leave of the retry budget. */
  readonly isRetry: boolean
}

/** A heap of due events. */
export class DueTimes {
  readonly #heap: Due[] = []

  get size(): number {
    return this.#heap.length
  }

  /** The soonest. */
  peek(): Due | undefined {
    return this.#heap[0]
  }

  add(due: Due): void {
    let at = this.#heap.push(due) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#heap[parent]!.atMs <= due.atMs) break
      this.#heap[at] = this.#heap[parent]!
      at = parent
    }
    this.#heap[at] = due
  }

  /** Removes the soonest. */
  pop(): Due | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (last && this.#heap.length > 0) this.#sink(last)
    return first
  }

  #sink(due: Due): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++
      if (heap[child]!.atMs >= due.atMs) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = due
  }
}
