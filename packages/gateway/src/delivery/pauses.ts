/**
 * Why a stream's delivery stands still.
 *
 * Imports nothing.
 */

/** `operator`: somebody paused it. `dead-letters-full`: what fails has no place to go. `sink`: it asked for a pause. */
export type PauseReason = 'operator' | 'dead-letters-full' | 'sink'

/** Several reasons; it stands while there is one. */
export class Pauses {
  readonly #reasons = new Set<PauseReason>()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Adds a reason; `false` when it was known. */
  add(reason: PauseReason): boolean {
    if (this.#reasons.has(reason)) return false
    this.#reasons.add(reason)
    this.#onChange()
    return true
  }

  /** Takes a reason away; `false` when it was none. */
  delete(reason: PauseReason): boolean {
    if (!this.#reasons.delete(reason)) return false
    this.#onChange()
    return true
  }

  has(reason: PauseReason): boolean {
    return this.#reasons.has(reason)
  }

  /** The reasons there are. */
  all(): readonly PauseReason[] {
    return [...this.#reasons]
  }
}
