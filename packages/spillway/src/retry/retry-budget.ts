/**
 * A retry budget: retries may add so much to the traffic, and no more.
 *
 * Retries without a budget multiply the load just when it is too high: three
 * of them make four times the traffic, and the overload outlives its cause.
 *
 * Source: B. Beyer et al., "Site Reliability Engineering", chapter 21; the window and the reserve of Finagle's
 * `RetryBudget`.
 * Floor 3: imports `clock`, `measure`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { SlidingSum } from '../measure/sliding-sum.ts'
import { aClock, numberFrom, optional, positive, type Rules, resolveOptions } from '../options/rules.ts'

/** Options of a `RetryBudget`. */
export interface RetryBudgetOptions {
  /** Retries for each request: 0.1 lets traffic grow by a tenth. From 0 to 10. @defaultValue 0.1 */
  readonly ratio?: number | undefined
  /**
   * So many retries per second, on average over the window, are allowed however few requests there are; also all of
   * them at once. At least 0; less than one for the whole window allows none. @defaultValue 1
   */
  readonly minPerSecond?: number | undefined
  /** Requests and retries count for so many milliseconds. Above 0. @defaultValue 10000 */
  readonly windowMs?: number | undefined
  /** Where time comes from. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

const RULES: Rules<RetryBudgetOptions> = {
  ratio: optional(numberFrom(0, 10)),
  minPerSecond: optional(numberFrom(0)),
  windowMs: optional(positive),
  clock: optional(aClock),
}
const DEFAULTS = { ratio: 0.1, minPerSecond: 1, windowMs: 10_000 }

/** Counters since the start. */
export interface RetryBudgetStats {
  /** Requests that were sent for the first time. */
  readonly requests: number
  /** Retries that were allowed. */
  readonly retries: number
  /** Retries that were not allowed. */
  readonly denied: number
}

/** Shared by all calls to one resource. Every operation costs O(1). */
export class RetryBudget {
  readonly #ratio: number
  readonly #reserve: number
  readonly #clock: Clock
  readonly #requests: SlidingSum
  readonly #retries: SlidingSum
  #stats = { requests: 0, retries: 0, denied: 0 }

  /** @throws OptionError when an option is unknown or out of its range */
  constructor(given: RetryBudgetOptions = {}) {
    const { ratio, minPerSecond, windowMs, clock } = resolveOptions('RetryBudget', given, RULES, DEFAULTS)
    this.#ratio = ratio
    this.#reserve = (minPerSecond * windowMs) / 1000
    this.#clock = clock ?? systemClock
    this.#requests = new SlidingSum({ windowMs })
    this.#retries = new SlidingSum({ windowMs })
  }

  /** A request is sent for the first time. */
  onRequest(): void {
    this.#stats.requests++
    this.#requests.add(1, this.#clock.nowMs())
  }

  /** Takes one retry from the budget; `false`, and nothing taken, when there is none. */
  tryRetry(): boolean {
    if (this.available < 1) {
      this.#stats.denied++
      return false
    }
    this.#stats.retries++
    this.#retries.add(1, this.#clock.nowMs())
    return true
  }

  /** How many retries may be sent now; may have a fraction. */
  get available(): number {
    const nowMs = this.#clock.nowMs()
    return this.#reserve + this.#ratio * this.#requests.sum(nowMs) - this.#retries.sum(nowMs)
  }

  /** Counters, by value. */
  stats(): RetryBudgetStats {
    return { ...this.#stats }
  }
}
