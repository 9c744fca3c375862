/**
 * A line in which tenants take turns: within a tenant first come, first
 * served; between tenants the one is next whose turn, counted in items, began
 * first. So each gets the same part of what becomes free, however many of its
 * own stand in line and however large their batches are; with one tenant it is
 * an ordinary line.
 *
 * Source: start-time fair queueing: P. Goyal, H. M. Vin, H. Cheng, SIGCOMM 1996.
 *
 * Pure; imports nothing.
 */

/** Someone in line. */
export interface InLine {
  readonly tenant: string
  /** How much it asks for. */
  readonly items: number
}

/** Those of one tenant. */
interface Lane<W> {
  waiters: Set<W>
  items: number
  /** When its next turn begins, in items served. */
  turn: number
}

const anybody = (): boolean => true

/** Everyone in line. Finding the next costs a look at each tenant that has someone there. */
export class FairLine<W extends InLine> {
  /** Of each tenant that ever stood here. */
  readonly #lanes = new Map<string, Lane<W>>()
  readonly #busy = new Set<Lane<W>>()
  /** The turn of whoever was served last. */
  #now = 0
  /** The last turn of all. */
  #latest = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Everyone, tenant by tenant. */
  all(): readonly W[] {
    return [...this.#busy].flatMap(({ waiters }) => [...waiters])
  }

  /** Stands at the end of its tenant's. */
  add(waiter: W): void {
    const lane = this.#laneOf(waiter.tenant)
    lane.waiters.add(waiter)
    this.#count(lane, waiter, 1)
  }

  /** Stands at the head of its tenant's again: it was served with nothing. */
  putBack(waiter: W): void {
    const lane = this.#laneOf(waiter.tenant)
    lane.waiters = new Set([waiter, ...lane.waiters])
    lane.turn -= waiter.items
    this.#count(lane, waiter, 1)
  }

  /** Whoever is next of those who may be; it stays in line. */
  next(mayBe: (tenant: string) => boolean = anybody): W | undefined {
    let next: W | undefined
    let turn = Number.POSITIVE_INFINITY
    for (const lane of this.#busy) {
      if (lane.turn >= turn) continue
      const [first] = lane.waiters
      if (!first || !mayBe(first.tenant)) continue
      next = first
      turn = lane.turn
    }
    return next
  }

  /** Leaves the line with what it asked for. */
  serve(waiter: W): void {
    const lane = this.#laneOf(waiter.tenant)
    this.#now = lane.turn
    lane.turn += waiter.items
    this.#latest = Math.max(this.#latest, lane.turn)
    this.remove(waiter)
  }

  /** Leaves the line without. */
  remove(waiter: W): void {
    const lane = this.#laneOf(waiter.tenant)
    if (lane.waiters.delete(waiter)) this.#count(lane, waiter, -1)
  }

  /** Whether someone of this tenant is in line. */
  holds(tenant: string): boolean {
    return (this.#lanes.get(tenant)?.waiters.size ?? 0) > 0
  }

  /** How many items are served before a newcomer of this tenant, if nobody else comes. */
  itemsAhead(tenant: string): number {
    const own = this.#lanes.get(tenant)?.items ?? 0
    let ahead = 0
    for (const lane of this.#busy) ahead += Math.min(lane.items, own + 1)
    return ahead
  }

  #laneOf(tenant: string): Lane<W> {
    const known = this.#lanes.get(tenant)
    if (known) return known
    const lane: Lane<W> = { waiters: new Set(), items: 0, turn: this.#now }
    this.#lanes.set(tenant, lane)
    return lane
  }

  #count(lane: Lane<W>, { items }: W, sign: 1 | -1): void {
    this.#size += sign
    lane.items += sign * items
    if (sign === 1 && !this.#busy.has(lane)) {
      // Who was away has no claim on the turns that passed meanwhile.
      lane.turn = Math.max(lane.turn, this.#now)
      this.#busy.add(lane)
    }
    if (lane.waiters.size === 0) this.#busy.delete(lane)
    // With nobody in line all are equal again.
    if (this.#size === 0) this.#now = this.#latest
  }
}
