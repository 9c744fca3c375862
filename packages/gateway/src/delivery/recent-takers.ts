/**
 * Who took more than its share lately: for streams on which nobody waits for a
 * turn, so that whoever asks most often would get nearly everything.
 *
 * A share is what was taken in the last one to two seconds, divided by the
 * number of tenants that asked for something in that time.
 *
 * Pure: the caller says what time it is. Imports nothing.
 */

const WINDOW_MS = 1000

/** What tenants took in one window; who only asked took nothing. */
type Taken = Map<string, number>

/** What each tenant took lately. */
export class RecentTakers {
  #since = Number.NEGATIVE_INFINITY
  #now: Taken = new Map()
  #before: Taken = new Map()

  /** A tenant asks for something. */
  asks(tenant: string, nowMs: number): void {
    this.took(tenant, 0, nowMs)
  }

  /** A tenant took so many. */
  took(tenant: string, items: number, nowMs: number): void {
    this.#advance(nowMs)
    this.#now.set(tenant, (this.#now.get(tenant) ?? 0) + items)
  }

  /** Whether a tenant took more than its share lately. */
  isAboveShare(tenant: string, nowMs: number): boolean {
    this.#advance(nowMs)
    const names = new Set([...this.#now.keys(), ...this.#before.keys()])
    if (names.size <= 1) return false
    let sum = 0
    for (const name of names) sum += this.#of(name)
    return this.#of(tenant) * names.size > sum
  }

  #of(tenant: string): number {
    return (this.#now.get(tenant) ?? 0) + (this.#before.get(tenant) ?? 0)
  }

  #advance(nowMs: number): void {
    if (nowMs - this.#since < WINDOW_MS) return
    this.#before = nowMs - this.#since < 2 * WINDOW_MS ? this.#now : new Map()
    this.#now = new Map()
    this.#since = nowMs
  }
}
