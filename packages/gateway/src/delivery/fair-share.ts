/**
 * How much of something bounded each owner may hold: it takes more only while
 * it holds less than is still free. So one owner alone gets half of it, two a
 * third each, and a newcomer always finds something. Where there is one owner
 * only, it gets everything.
 *
 * Source: A. K. Choudhury, E. L. Hahne, "Dynamic queue length thresholds for
 * shared-memory packet switches", IEEE/ACM Trans. Networking 6(2), 1998, with a factor of 1.
 *
 * Pure; imports nothing.
 */

/** Shares a number of places, or bytes. Owners are remembered: there must be a bounded number of them. */
export class FairShare {
  readonly limit: number
  #held = 0
  readonly #heldBy = new Map<string, number>()

  constructor(limit: number) {
    this.limit = limit
  }

  /** What all owners hold. */
  get held(): number {
    return this.#held
  }

  /** What one owner holds. */
  heldBy(owner: string): number {
    return this.#heldBy.get(owner) ?? 0
  }

  /** Makes an owner known, which holds nothing yet. With two or more nobody gets everything. */
  introduce(owner: string): void {
    if (!this.#heldBy.has(owner)) this.#heldBy.set(owner, 0)
  }

  /** Whether the owner would get so much now. Takes nothing. */
  hasRoomFor(owner: string, amount: number): boolean {
    const free = this.limit - this.#held
    if (amount > free) return false
    const isAlone = this.#heldBy.size <= 1 && (this.#heldBy.size === 0 || this.#heldBy.has(owner))
    return isAlone || this.heldBy(owner) < free
  }

  /** Takes so much if the owner may, and tells whether it did. */
  tryTake(owner: string, amount: number): boolean {
    this.introduce(owner)
    if (!this.hasRoomFor(owner, amount)) return false
    this.retake(owner, amount)
    return true
  }

  /** Takes again what was just given back, whatever the share. */
  retake(owner: string, amount: number): void {
    this.#held += amount
    this.#heldBy.set(owner, this.heldBy(owner) + amount)
  }

  /** Gives back what the owner held. */
  give(owner: string, amount: number): void {
    this.#held -= amount
    this.#heldBy.set(owner, this.heldBy(owner) - amount)
  }
}
