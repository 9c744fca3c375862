/**
 * Buckets in the order in which they will be full, the fullest first.
 *
 * The order does not change as time passes, only when tokens are taken. So it is a calendar: a ring of slots,
 * each for those that will be full within a stretch of time, and a list of those that are. A slot whose time
 * has passed joins that list whole. Nothing is sorted, and no timer runs.
 *
 * Floor 3: imports nothing.
 */

/** A place in a ring of places; alone, it is a ring of its own. */
export class Place {
  previous: Place = this
  next: Place = this
}

/** Something that will be full. */
export interface Filling extends Place {
  /** When, in milliseconds, if nothing is taken. */
  readonly fullAtMs: number
}

/** A power of two. A bucket takes half the ring to fill, the rest is for debts. */
const SLOTS = 256
const SHORTEST_SLOT_MS = 0.001
/** 292 years: what takes longer to fill is never full, and an infinite slot would have no place in time. */
const LONGEST_FILL_MS = 2 ** 63 / 1e6

/** Every method costs O(1), amortised; `fullest` steps over empty slots, at most 256. */
export class FillOrder<T extends Filling> {
  readonly #slots: readonly Place[] = Array.from({ length: SLOTS }, () => new Place())
  readonly #full = new Place()
  readonly #slotMs: number
  /** The slot of now, counted from time 0: those before it have passed. */
  #tick = Number.MIN_SAFE_INTEGER

  /** @param fillMs - how long it takes to fill an empty bucket; buckets nearer than 1/128 of it share a slot */
  constructor(fillMs: number) {
    this.#slotMs = Math.max(SHORTEST_SLOT_MS, Math.min(fillMs, LONGEST_FILL_MS) / (SLOTS / 2))
  }

  /** Puts `item` where it belongs now, wherever it was. */
  place(item: T, nowMs: number): void {
    unlink(item)
    this.#passTo(nowMs)
    link(item, item.fullAtMs <= nowMs ? this.#full : this.#slotOf(this.#tickFor(item)))
  }

  /** Takes `item` out. */
  remove(item: T): void {
    unlink(item)
  }

  /** The one that has been full for longest; `undefined` when none is. */
  firstFull(nowMs: number): T | undefined {
    this.#passTo(nowMs)
    for (let first = firstOf<T>(this.#full); first; first = firstOf<T>(this.#full)) {
      if (first.fullAtMs <= nowMs) return first
      // Deeper in debt than the calendar reached: it had the last slot, and has come up too early.
      this.place(first, nowMs)
    }
    const first = this.#firstIn(this.#tick, nowMs)
    return first && first.fullAtMs <= nowMs ? first : undefined
  }

  /** The fullest; `undefined` when there is none. Those within one slot count as equal, the first placed goes first. */
  fullest(nowMs: number): T | undefined {
    const full = this.firstFull(nowMs)
    if (full) return full
    for (let tick = this.#tick; tick < this.#tick + SLOTS; tick++) {
      const first = this.#firstIn(tick, nowMs)
      if (first) return first
    }
    return undefined
  }

  /** The first of a slot, once those that belong further back are there. */
  #firstIn(tick: number, nowMs: number): T | undefined {
    const slot = this.#slotOf(tick)
    for (let first = firstOf<T>(slot); first; first = firstOf<T>(slot)) {
      if (this.#tickFor(first) <= tick) return first
      this.place(first, nowMs)
    }
    return undefined
  }

  /** The slot for `item`: the last one stands for all that is beyond. */
  #tickFor(item: T): number {
    return Math.max(this.#tick, Math.min(this.#tickOf(item.fullAtMs), this.#tick + SLOTS - 1))
  }

  #tickOf(atMs: number): number {
    return Math.floor(atMs / this.#slotMs)
  }

  #slotOf(tick: number): Place {
    return this.#slots[tick & (SLOTS - 1)]!
  }

  #passTo(nowMs: number): void {
    const nowTick = this.#tickOf(nowMs)
    if (!(nowTick > this.#tick)) return
    const lastTick = Math.min(nowTick, this.#tick + SLOTS)
    for (let tick = this.#tick; tick < lastTick; tick++) moveAll(this.#slotOf(tick), this.#full)
    this.#tick = nowTick
  }
}

function link(place: Place, end: Place): void {
  const last = end.previous
  place.previous = last
  place.next = end
  last.next = place
  end.previous = place
}

function unlink(place: Place): void {
  place.previous.next = place.next
  place.next.previous = place.previous
  place.previous = place
  place.next = place
}

/** Appends the ring of `from` to the ring of `to`. */
function moveAll(from: Place, to: Place): void {
  if (from.next === from) return
  const first = from.next
  const last = from.previous
  unlink(from)
  const end = to.previous
  end.next = first
  first.previous = end
  last.next = to
  to.previous = last
}

function firstOf<T extends Filling>(ring: Place): T | undefined {
  // A ring holds, beside its own place, only what `place` has put there.
  return ring.next === ring ? undefined : (ring.next as T)
}
