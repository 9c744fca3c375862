/**
 * Sometimes: do a thing not every time: the first few times, every so many times, or once in a while.
 *
 * For log lines and warnings on hot paths, where each occurrence is worth counting but not telling.
 *
 * Floor 3: imports `clock`, `options`.
 * Source: `Sometimes` of golang.org/x/time/rate.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { aClock, integerFrom, optional, type Rule, resolveOptions } from '../options/rules.ts'

/** When to do it. The first call always does; any of the three is enough. */
export interface SometimesOptions {
  /** The first so many calls. A whole number of at least 0. */
  readonly first?: number
  /** Every so many calls, counted from the first. A whole number of at least 0; 0: not by count. */
  readonly every?: number
  /** The first call that comes this many milliseconds or more after the last one that did it. 0 or below: not by time. */
  readonly intervalMs?: number
  /** @defaultValue `systemClock` */
  readonly clock?: Clock
}

const anInterval: Rule = {
  expects: 'a number of milliseconds (0 or below: not by time)',
  accepts: (value) => typeof value === 'number' && !Number.isNaN(value),
}

/** Counts calls, and lets some of them act. A call costs a few nanoseconds; the clock is read only when it decides. */
export class Sometimes {
  readonly #first: number
  readonly #every: number
  readonly #intervalMs: number
  readonly #clock: Clock
  #calls = 0
  #lastMs = Number.NEGATIVE_INFINITY

  /** @throws OptionError when an option is unknown or out of range */
  constructor(options: SometimesOptions = {}) {
    const count = optional(integerFrom(0))
    const rules = { first: count, every: count, intervalMs: optional(anInterval), clock: aClock }
    const defaults = { first: 0, every: 0, intervalMs: 0, clock: systemClock }
    const resolved = resolveOptions<SometimesOptions, typeof defaults>('Sometimes', options, rules, defaults)
    this.#first = resolved.first
    this.#every = resolved.every
    this.#intervalMs = resolved.intervalMs
    this.#clock = resolved.clock
  }

  /**
   * Runs `action` if it is time, and tells whether it did. The call is counted before `action` runs, so it may
   * call `run` again, and an `action` that throws has had its turn; the error goes to the caller.
   */
  run(action: () => void): boolean {
    const isDue = this.#isDue()
    this.#calls++
    if (!isDue) return false
    if (this.#intervalMs > 0) this.#lastMs = Math.max(this.#lastMs, this.#clock.nowMs())
    action()
    return true
  }

  #isDue(): boolean {
    const calls = this.#calls
    if (calls === 0 || calls < this.#first) return true
    if (this.#every > 0 && calls % this.#every === 0) return true
    return this.#intervalMs > 0 && this.#clock.nowMs() - this.#lastMs >= this.#intervalMs
  }
}
