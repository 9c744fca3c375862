/**
 * CoDel for requests: while even the shortest wait of an interval is above
 * the target, the queue stands, and whatever waited twice the target is shed.
 *
 * Pure: takes the time. The control law of RFC 8289, which sheds one at a
 * time at a growing pace, is absent on purpose: to shed half of 1,600 a
 * second it needs 16 seconds, and requests don't wait for that.
 *
 * Source: K. Nichols, V. Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012, in the form of folly's `Codel`.
 * Floor 3: imports `gate`, `options`.
 */
import type { TurnPolicy } from '../gate/turn.ts'
import { optional, positive, type Rules, resolveOptions } from '../options/rules.ts'

/** Options of `Codel`. */
export interface CodelOptions {
  /** A queue whose shortest wait stays above this, in milliseconds, stands. Above 0. @defaultValue 5 */
  readonly targetMs?: number | undefined
  /** For how long it must stay above, in milliseconds. Above 0; choose the 99th percentile of the service time. @defaultValue 100 */
  readonly intervalMs?: number | undefined
}

const RULES: Rules<CodelOptions> = { targetMs: optional(positive), intervalMs: optional(positive) }
const DEFAULTS = { targetMs: 5, intervalMs: 100 }

/** Judges work by the time it has queued. Give it to one queue, as `atTurn`. Every operation costs O(1). */
export class Codel implements TurnPolicy {
  readonly #targetMs: number
  readonly #intervalMs: number
  #intervalEndsMs = Number.NEGATIVE_INFINITY
  #shortestMs = 0
  #stands = false

  /** @throws OptionError when an option is unknown or out of its range */
  constructor(given: CodelOptions = {}) {
    const { targetMs, intervalMs } = resolveOptions('Codel', given, RULES, DEFAULTS)
    this.#targetMs = targetMs
    this.#intervalMs = intervalMs
  }

  /**
   * Whether work that queued for `waitedMs` may start. The first of each interval always may, so that something
   * goes on passing; a wait that is negative or no number counts as none.
   *
   * @param nowMs - a clock that was set back begins a new interval
   */
  admits(waitedMs: number, nowMs: number): boolean {
    const waited = waitedMs > 0 ? waitedMs : 0
    if (nowMs >= this.#intervalEndsMs || nowMs < this.#intervalEndsMs - this.#intervalMs) {
      this.#stands = this.#shortestMs > this.#targetMs
      this.#shortestMs = waited
      this.#intervalEndsMs = nowMs + this.#intervalMs
      return true
    }
    if (waited < this.#shortestMs) this.#shortestMs = waited
    return !(this.#stands && waited > 2 * this.#targetMs)
  }

  /** Whether the shortest wait of the last whole interval was above the target. */
  get stands(): boolean {
    return this.#stands
  }

  /** How far the current interval is towards shedding: 0 to 1, where 1 is a shortest wait of twice the target. */
  get load(): number {
    return Math.min(1, this.#shortestMs / (2 * this.#targetMs))
  }
}
