/**
 * The client's own no: while the server refuses much of what is sent, the
 * client stops sending it.
 *
 * Refused by itself with the probability
 * `(requests - k × accepts) / (requests + 1)` over a window. Requests are
 * counted before they are sent, also those it refuses itself: counted at
 * their end, a server that hangs would look idle.
 *
 * Source: B. Beyer et al., "Site Reliability Engineering", chapter 21, "Client-Side Throttling".
 * Floor 3: imports `clock`, `errors`, `gate`, `measure`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { costOf } from '../gate/ask.ts'
import type { Ask, Gate, Outcome, Permit, Refusal } from '../gate/gate.ts'
import { OncePermit } from '../gate/permits.ts'
import { refusal, refusalError } from '../gate/refusal.ts'
import { type RunOptions, run } from '../gate/run.ts'
import { SlidingSum } from '../measure/sliding-sum.ts'
import {
  aClock,
  aFunction,
  numberFrom,
  optional,
  positive,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'
import type { WaitOptions } from '../options/wait-options.ts'

/** Options of an `AdaptiveThrottle`. */
export interface AdaptiveThrottleOptions {
  /**
   * So many requests are sent for each that is accepted. Lower wastes less of the server's work and reacts to less.
   * At least 1. @defaultValue 2
   */
  readonly k?: number | undefined
  /** What is older, in milliseconds, is forgotten. Above 0. @defaultValue 30000 */
  readonly windowMs?: number | undefined
  /** At most this share is refused, so that a recovery is noticed. From 0 to 1. @defaultValue 0.9 */
  readonly maxShare?: number | undefined
  /** Numbers from 0 up to, not including, 1. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
  /** Where time comes from. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

const RULES: Rules<AdaptiveThrottleOptions> = {
  k: optional(numberFrom(1)),
  windowMs: optional(positive),
  maxShare: optional(numberFrom(0, 1)),
  random: optional(aFunction),
  clock: optional(aClock),
}
const DEFAULTS = { k: 2, windowMs: 30_000, maxShare: 0.9, random: Math.random }

/** Counters since the start. */
export interface AdaptiveThrottleStats {
  /** Sent. */
  readonly admitted: number
  /** Refused here, without being sent. */
  readonly shed: number
  /** The share that is refused now, from 0 to `maxShare`. */
  readonly share: number
}

/** A gate for the callers of one resource. Every operation costs O(1). */
export class AdaptiveThrottle implements Gate {
  /** Its permits take nothing from others. */
  readonly isJudge = true
  readonly #k: number
  readonly #maxShare: number
  readonly #random: () => number
  readonly #clock: Clock
  readonly #requests: SlidingSum
  readonly #accepts: SlidingSum
  #admitted = 0
  #shed = 0

  /** @throws OptionError when an option is unknown or out of its range */
  constructor(given: AdaptiveThrottleOptions = {}) {
    const options = resolveOptions('AdaptiveThrottle', given, RULES, DEFAULTS)
    this.#k = options.k
    this.#maxShare = options.maxShare
    this.#random = options.random
    this.#clock = options.clock ?? systemClock
    this.#requests = new SlidingSum({ windowMs: options.windowMs })
    this.#accepts = new SlidingSum({ windowMs: options.windowMs })
  }

  /** The probability with which the next request is refused. */
  get share(): number {
    return this.#shareAt(this.#clock.nowMs())
  }

  #shareAt(nowMs: number): number {
    const requests = Math.max(0, this.#requests.sum(nowMs))
    const wanted = (requests - this.#k * this.#accepts.sum(nowMs)) / (requests + 1)
    return Math.min(this.#maxShare, Math.max(0, wanted))
  }

  /**
   * Counts the request, and admits it or sheds it with `ERR_SHED`. The outcome `failure` says that the server did not
   * accept it; any other, that it did. Cancelled, it counts as never asked.
   *
   * @throws OptionError for a wrong cost
   */
  tryEnter(ask?: Ask): Permit | Refusal {
    costOf('AdaptiveThrottle', ask)
    const nowMs = this.#clock.nowMs()
    const share = this.#shareAt(nowMs)
    this.#requests.add(1, nowMs)
    if (share > 0 && this.#random() < share) {
      this.#shed++
      return refusal('ERR_SHED')
    }
    this.#admitted++
    return new ThrottlePermit(this.#requests, this.#accepts, this.#clock)
  }

  /**
   * The same as a promise. Never waits.
   *
   * @throws OverloadError when shed; `signal.reason` when aborted before; OptionError for a wrong cost
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    ask.signal?.throwIfAborted()
    const answer = this.tryEnter(ask)
    if (answer.admitted) return answer
    throw refusalError('AdaptiveThrottle', answer)
  }

  /** `run` of this gate: enters, runs `work`, ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /** Counters, by value. */
  stats(): AdaptiveThrottleStats {
    return { admitted: this.#admitted, shed: this.#shed, share: this.share }
  }
}

class ThrottlePermit extends OncePermit {
  readonly #requests: SlidingSum
  readonly #accepts: SlidingSum
  readonly #clock: Clock

  constructor(requests: SlidingSum, accepts: SlidingSum, clock: Clock) {
    super()
    this.#requests = requests
    this.#accepts = accepts
    this.#clock = clock
  }

  protected onEnd(outcome: Outcome): void {
    if (outcome !== 'failure') this.#accepts.add(1, this.#clock.nowMs())
  }

  protected onCancel(): void {
    this.#requests.add(-1, this.#clock.nowMs())
  }
}
