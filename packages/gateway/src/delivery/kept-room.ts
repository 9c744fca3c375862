/**
 * The last eighth of a stream's room, kept for tenants that took less than
 * their share lately.
 *
 * Without it a tenant that asks all the time has taken each place the moment it
 * came free, and whoever asks now and then finds none: it is refused, or waits
 * for the next one to come free. What is kept is room, not throughput: as much
 * leaves the stream as would without.
 *
 * Imports `room`, `recent-takers`.
 */
import type { Clock } from 'spillway'
import { RecentTakers, type TakenWindow } from './recent-takers.ts'
import type { Room } from './room.ts'

/** How much of the room is kept. */
const KEPT_SHARE = 1 / 8

/** How much a stream may hold. */
interface Bounds {
  readonly items: number
  readonly bytes: number
}

/** Says for whom the room is that is left. */
export class KeptRoom {
  readonly #room: Pick<Room, 'has'>
  readonly #bounds: () => Bounds
  readonly #clock: Clock
  readonly #takers = new RecentTakers()

  constructor(room: Pick<Room, 'has'>, bounds: () => Bounds, clock: Clock) {
    this.#room = room
    this.#bounds = bounds
    this.#clock = clock
  }

  /** Whether what is left is for others than this tenant, which asks. */
  isForOthers(tenant: string): boolean {
    const nowMs = this.#clock.nowMs()
    this.#takers.asks(tenant, nowMs)
    const { items, bytes } = this.#bounds()
    const isKept = !this.#room.has(Math.ceil(items * KEPT_SHARE), Math.ceil(bytes * KEPT_SHARE))
    return isKept && this.#takers.isAboveShare(tenant, nowMs)
  }

  /** A tenant takes so many places: told before it has them, so that many who ask at once are seen. */
  took(tenant: string, items: number): TakenWindow {
    return this.#takers.took(tenant, items, this.#clock.nowMs())
  }
}
