/**
 * The waiting producer, for packages whose queues have no bound of their own.
 *
 * Every subject of a benchmark gets the same producer: it awaits one call for
 * each item and has the same number of items outstanding at most. What is
 * added here is as cheap as it can be made: a counter, one shared resolved
 * promise, and one waiting caller.
 */
const READY: Promise<void> = Promise.resolve()

/** Places for `bound` items, for one producer. */
export class Places {
  readonly #bound: number
  #free: number
  #resume: (() => void) | undefined

  constructor(bound: number) {
    this.#bound = bound
    this.#free = bound
  }

  /** Whether nothing is outstanding. */
  get empty(): boolean {
    return this.#free === this.#bound
  }

  /** Counts the item that was just put in; resolves when the next one has a place. */
  fill(): Promise<void> {
    this.#free--
    if (this.#free > 0) return READY
    return new Promise((resolve) => {
      this.#resume = resolve
    })
  }

  /** Gives one place back. */
  give(): void {
    this.#free++
    const resume = this.#resume
    if (!resume) return
    this.#resume = undefined
    resume()
  }
}

/** The item every subject carries: one object, so that only the queue's own cost is seen. */
export const ITEM: Item = { value: 1 }

/** What flows through the queues. */
export interface Item {
  readonly value: number
}

/** A promise, and the function that resolves it. */
export function whenCalled(): { readonly promise: Promise<void>; readonly call: () => void } {
  let call = (): void => {}
  const promise = new Promise<void>((resolve) => {
    call = resolve
  })
  return { promise, call }
}
