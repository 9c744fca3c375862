/**
 * Those who want to be told. Many calls of one turn become one.
 */
import type { Cancel } from 'spillway'

/** A set of callbacks. */
export class Listeners {
  readonly #listeners = new Set<() => void>()
  #scheduled = false

  /** Adds a callback; the same function given twice is called twice. */
  add(listener: () => void): Cancel {
    const own = (): void => listener()
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  /** Calls everyone back once, after the present turn. */
  callSoon(): void {
    if (this.#scheduled || this.#listeners.size === 0) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      for (const listener of [...this.#listeners]) listener()
    })
  }
}
