/**
 * How many bytes of bodies may be in memory before their events have places.
 *
 * Queues bound what was accepted; this bounds what is still being read, and
 * what waits.
 *
 * Imports nothing.
 */

/** A number of bytes to share. */
export class BodyBudget {
  readonly limitBytes: number
  #heldBytes = 0

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  /** Bytes held now. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Whether so many more would fit now. Takes nothing. */
  hasRoomFor(bytes: number): boolean {
    return this.#heldBytes + bytes <= this.limitBytes
  }

  /** Takes so many bytes if they fit, and tells whether it did. */
  tryTake(bytes: number): boolean {
    if (!this.hasRoomFor(bytes)) return false
    this.#heldBytes += bytes
    return true
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#heldBytes -= bytes
  }
}
