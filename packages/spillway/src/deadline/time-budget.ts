/**
 * A time budget: how long the caller will wait, counted from the moment it
 * was learned of, and passed on as what is left.
 *
 * Relative, never a time of day: clocks of two machines disagree. Absent:
 * header formats, which are the adapters'.
 *
 * Pure: takes the time. Floor 3: imports `options`.
 */
import { check, durationMs } from '../options/rules.ts'

/** How much of the time is kept when the rest is passed on. */
export interface PassOnOptions {
  /** Kept for the way back and one's own work, in milliseconds. @defaultValue 0 */
  readonly marginMs?: number | undefined
  /** Never passes on more, in milliseconds. @defaultValue `Infinity` */
  readonly maxMs?: number | undefined
}

/** A span of time that runs out. Time that steps back does not refill it. */
export class TimeBudget {
  readonly #totalMs: number
  readonly #startMs: number
  #passedMs = 0

  /**
   * @param totalMs - the whole budget; `Infinity` for none
   * @param nowMs - when it began, in monotonic milliseconds
   * @throws OptionError when `totalMs` is negative or not a number
   */
  constructor(totalMs: number, nowMs: number) {
    check('TimeBudget', 'totalMs', totalMs, durationMs)
    this.#totalMs = totalMs
    this.#startMs = nowMs
  }

  /** What is left, in milliseconds; 0 when it is spent. */
  remainingMs(nowMs: number): number {
    const passedMs = nowMs - this.#startMs
    if (passedMs > this.#passedMs) this.#passedMs = passedMs
    return Math.max(0, this.#totalMs - this.#passedMs)
  }

  /** Whether nothing is left. */
  isSpent(nowMs: number): boolean {
    return this.remainingMs(nowMs) === 0
  }

  /**
   * What to pass on to the next service, in whole milliseconds, rounded down, at least 1; `Infinity` without a bound.
   *
   * @returns `undefined` when too little is left to ask at all: 0 is never passed on, for many read it as "no limit"
   * @throws OptionError when an option is negative or not a number
   */
  toPassOnMs(
    nowMs: number,
    { marginMs = 0, maxMs = Number.POSITIVE_INFINITY }: PassOnOptions = {},
  ): number | undefined {
    check('TimeBudget', 'marginMs', marginMs, durationMs)
    check('TimeBudget', 'maxMs', maxMs, durationMs)
    const passOnMs = Math.floor(Math.min(this.remainingMs(nowMs) - marginMs, maxMs))
    return passOnMs >= 1 ? passOnMs : undefined
  }

  /**
   * A budget that begins now and ends with this one or after `ownMs`, whichever comes first: a server's own bound.
   *
   * @throws OptionError when `ownMs` is negative or not a number
   */
  within(ownMs: number, nowMs: number): TimeBudget {
    check('TimeBudget', 'ownMs', ownMs, durationMs)
    return new TimeBudget(Math.min(ownMs, this.remainingMs(nowMs)), nowMs)
  }
}
