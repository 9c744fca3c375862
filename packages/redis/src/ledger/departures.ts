/**
 * Callers who leave by their signal: one listener for each signal, however
 * many wait with it. A listener for each is quadratic in Node, and from the
 * eleventh on it warns of a leak.
 */

/** Those who wait with one signal. */
class Departures {
  readonly #signal: AbortSignal
  readonly #waiting = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(leave: () => void): void {
    if (this.#waiting.size === 0) this.#signal.addEventListener('abort', this.#onAbort)
    this.#waiting.add(leave)
  }

  remove(leave: () => void): void {
    this.#waiting.delete(leave)
    if (this.#waiting.size === 0) this.#signal.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => {
    for (const leave of this.#waiting) {
      this.remove(leave)
      leave()
    }
  }
}

const departures = new WeakMap<AbortSignal, Departures>()

/**
 * Calls `leave` once when `signal` aborts. It must not be aborted yet, and `leave` must not throw.
 *
 * @returns takes it back; doing so again, or after the abort, does nothing
 */
export function whenAborted(signal: AbortSignal, leave: () => void): () => void {
  const existing = departures.get(signal)
  const all = existing ?? new Departures(signal)
  if (!existing) departures.set(signal, all)
  all.add(leave)
  return () => all.remove(leave)
}
