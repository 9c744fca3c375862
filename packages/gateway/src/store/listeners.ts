/**
 * Those who want to be told. What many requests bring that were read in one
 * turn of the event loop becomes one call: told for each, whoever reads would
 * be woken for each.
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

  /** Calls everyone back once, when the events of the present turn are dealt with. */
  callSoon(): void {
    if (this.#scheduled || this.#listeners.size === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const listener of [...this.#listeners]) listener()
    })
  }
}
