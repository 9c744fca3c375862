/**
 * What those would meet who came now to wait for room: from how fast events
 * left lately, and from who waited in vain. So a request that would wait too
 * long is refused before its body is read.
 *
 * Imports `spillway`, `departures`.
 */
import { type Clock, type Refusal, refusal } from 'spillway'
import { Departures } from './departures.ts'

/** After someone waited in vain, and while nothing leaves, one newcomer in so many milliseconds may try. */
const PROBE_MS = 1000

/** Foretells the waits for one stream. */
export class WaitForecast {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #departures = new Departures()
  #lastLeftMs = Number.NEGATIVE_INFINITY
  /** When someone last waited in vain and nothing left meanwhile; `undefined` once something left after that. */
  #vainMs: number | undefined

  /** @param timeoutMs - how long a newcomer waits at most */
  constructor(timeoutMs: number, clock: Clock) {
    this.#timeoutMs = timeoutMs
    this.#clock = clock
  }

  /** So many events left the stream. */
  left(count: number): void {
    this.#lastLeftMs = this.#clock.nowMs()
    this.#departures.add(count, this.#lastLeftMs)
    this.#vainMs = undefined
  }

  /** Someone waited since then, as long as may be, and found no room. */
  waitedInVain(sinceMs: number): void {
    // That others were before it says nothing to those whose turn comes sooner.
    if (this.#lastLeftMs <= sinceMs) this.#vainMs = this.#clock.nowMs()
  }

  /** The refusal of a newcomer before whom so many events get their places; `undefined` when it may wait. */
  refusal(itemsAhead: number): Refusal | undefined {
    const nowMs = this.#clock.nowMs()
    const ratePerMs = this.#departures.ratePerMs(nowMs)
    const waitMs = ratePerMs === undefined ? 0 : (itemsAhead + 1) / ratePerMs
    if (waitMs > this.#timeoutMs) return refusal('ERR_BUDGET_UNREACHABLE', waitMs - this.#timeoutMs)
    const isVain = this.#vainMs !== undefined && nowMs - this.#vainMs < PROBE_MS
    return isVain ? refusal('ERR_BUDGET_UNREACHABLE') : undefined
  }
}
