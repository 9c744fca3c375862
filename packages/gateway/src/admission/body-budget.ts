/**
 * How many bytes of bodies may be in memory before their events have places,
 * and which part of them each tenant may hold.
 *
 * Queues bound what was accepted; this bounds what is still being read, and
 * what waits.
 *
 * Imports `delivery`.
 */
import { FairShare } from '../delivery/fair-share.ts'

/** A number of bytes to take from. */
export interface ByteBudget {
  /** Whether so many more would fit now. Takes nothing. */
  hasRoomFor(bytes: number): boolean
  /** Takes so many bytes if they fit, and tells whether it did. */
  tryTake(bytes: number): boolean
  /** Gives bytes back. */
  give(bytes: number): void
}

/** Whoever takes without a name. */
const NOBODY = ''

/** The budget of all. What is taken of it directly is nobody's in particular. */
export class BodyBudget implements ByteBudget {
  readonly #share: FairShare

  /** @param tenants - who shares it: with more than one nobody gets everything */
  constructor(limitBytes: number, tenants: readonly string[] = [NOBODY]) {
    this.#share = new FairShare(limitBytes)
    for (const tenant of tenants) this.#share.introduce(tenant)
  }

  get limitBytes(): number {
    return this.#share.limit
  }

  /** Bytes held now. */
  get heldBytes(): number {
    return this.#share.held
  }

  hasRoomFor(bytes: number): boolean {
    return this.#share.hasRoomFor(NOBODY, bytes)
  }

  tryTake(bytes: number): boolean {
    return this.#share.tryTake(NOBODY, bytes)
  }

  give(bytes: number): void {
    this.#share.give(NOBODY, bytes)
  }

  /** What one tenant may take. */
  of(tenant: string): ByteBudget {
    const share = this.#share
    return {
      hasRoomFor: (bytes) => share.hasRoomFor(tenant, bytes),
      tryTake: (bytes) => share.tryTake(tenant, bytes),
      give: (bytes) => share.give(tenant, bytes),
    }
  }
}
