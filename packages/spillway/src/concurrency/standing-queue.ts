/**
 * Tells a burst from a standing queue: one that has not been empty for a while.
 *
 * A burst drains by itself and is served first come, first served. A queue
 * that stands serves only work whose callers have given up; there the newest
 * goes first, and nobody waits long.
 *
 * Pure: takes the time. Source: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015 (controlled delay, adaptive LIFO).
 * Floor 3: imports nothing.
 */

/** Remembers since when a queue has not been empty. Every operation costs O(1). */
export class StandingQueue {
  readonly #standingAfterMs: number
  #notEmptySinceMs = Number.POSITIVE_INFINITY

  /** @param standingAfterMs - a queue that has not been empty for longer than this stands */
  constructor(standingAfterMs: number) {
    this.#standingAfterMs = standingAfterMs
  }

  /** Someone waits now. */
  filled(nowMs: number): void {
    // The smaller one also after the clock was set back: it must not be a burst until the clock has caught up.
    if (nowMs < this.#notEmptySinceMs) this.#notEmptySinceMs = nowMs
  }

  /** Nobody waits any more. */
  emptied(): void {
    this.#notEmptySinceMs = Number.POSITIVE_INFINITY
  }

  /** Whether the queue has not been empty for longer than allowed. A clock that steps back makes it a burst. */
  stands(nowMs: number): boolean {
    return nowMs - this.#notEmptySinceMs > this.#standingAfterMs
  }
}
