/**
 * Who took more than its share lately, where whoever asks most often would
 * find nearly everything that comes free.
 *
 * A share is what was taken in the last one to two seconds, divided by the
 * number of tenants that asked for something in that time.
 *
 * Pure: the caller says what time it is. Imports nothing.
 */

const WINDOW_MS = 1000

/** What tenants took in one window; who only asked took nothing. */
class Window {
  readonly #taken = new Map<string, number>()
  #sum = 0

  get tenants(): number {
    return this.#taken.size
  }

  get sum(): number {
    return this.#sum
  }

  knows(tenant: string): boolean {
    return this.#taken.has(tenant)
  }

  of(tenant: string): number {
    return this.#taken.get(tenant) ?? 0
  }

  add(tenant: string, items: number): void {
    this.#taken.set(tenant, this.of(tenant) + items)
    this.#sum += items
  }
}

/** Where it is noted what was taken, so that it can be given back there: later it would be missed elsewhere. */
export type TakenWindow = Pick<Window, 'add'>

/** What each tenant took lately. Each call costs O(1). */
export class RecentTakers {
  #since = Number.NEGATIVE_INFINITY
  #now = new Window()
  #before = new Window()
  /** Those who asked now and not before. */
  #newcomers = 0

  /** A tenant asks for something. */
  asks(tenant: string, nowMs: number): void {
    this.took(tenant, 0, nowMs)
  }

  /** A tenant took so many. */
  took(tenant: string, items: number, nowMs: number): TakenWindow {
    this.#advance(nowMs)
    if (!this.#now.knows(tenant) && !this.#before.knows(tenant)) this.#newcomers++
    this.#now.add(tenant, items)
    return this.#now
  }

  /** Whether a tenant took more than its share lately. */
  isAboveShare(tenant: string, nowMs: number): boolean {
    this.#advance(nowMs)
    const tenants = this.#before.tenants + this.#newcomers
    const took = this.#now.of(tenant) + this.#before.of(tenant)
    return tenants > 1 && took * tenants > this.#now.sum + this.#before.sum
  }

  #advance(nowMs: number): void {
    if (nowMs - this.#since < WINDOW_MS) return
    this.#before = nowMs - this.#since < 2 * WINDOW_MS ? this.#now : new Window()
    this.#now = new Window()
    this.#newcomers = 0
    this.#since = nowMs
  }
}
