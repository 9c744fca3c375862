/**
 * The memory of feeds: a share of the memory for bodies, so that feeds, which
 * stay, leave room for requests, which go.
 *
 * Imports `admission`.
 */
import type { ByteBudget } from '../admission/body-budget.ts'

/** What a feed holds while it is open: a piece that was read, and the next one behind it. */
export const FEED_BYTES: number = 128 * 2 ** 10
/** How much of the memory for bodies all feeds together may hold. */
const SHARE = 0.5

/** What all feeds hold. */
export class FeedMemory {
  #freeBytes: number

  /** @param bodyBytes - the memory for bodies */
  constructor(bodyBytes: number) {
    this.#freeBytes = bodyBytes * SHARE
  }

  /** Takes so many bytes, of a tenant's part too, if they fit; tells whether it did. */
  tryTake(bytes: number, part: ByteBudget): boolean {
    if (bytes > this.#freeBytes || !part.tryTake(bytes)) return false
    this.#freeBytes -= bytes
    return true
  }

  give(bytes: number, part: ByteBudget): void {
    this.#freeBytes += bytes
    part.give(bytes)
  }
}

/** What one feed holds of it. */
export class FeedHold {
  readonly #memory: FeedMemory
  readonly #part: ByteBudget
  #fixedBytes = 0
  #lineBytes = 0

  /** @param part - what its tenant may hold of the memory for bodies */
  constructor(memory: FeedMemory, part: ByteBudget) {
    this.#memory = memory
    this.#part = part
  }

  /** Holds so much more until the end, if it fits; tells whether it does. */
  tryHold(bytes: number): boolean {
    if (!this.#memory.tryTake(bytes, this.#part)) return false
    this.#fixedBytes += bytes
    return true
  }

  /** A line without an end has grown to so many bytes, or is over. Tells whether they fit. */
  tryHoldLine(bytes: number): boolean {
    // What every feed holds anyway is enough for short ones.
    const needed = Math.max(0, bytes - FEED_BYTES / 2)
    if (needed > this.#lineBytes && !this.#memory.tryTake(needed - this.#lineBytes, this.#part)) return false
    if (needed < this.#lineBytes) this.#memory.give(this.#lineBytes - needed, this.#part)
    this.#lineBytes = needed
    return true
  }

  /** Gives everything back. */
  release(): void {
    this.#memory.give(this.#fixedBytes + this.#lineBytes, this.#part)
    this.#fixedBytes = 0
    this.#lineBytes = 0
  }
}
