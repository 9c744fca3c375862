/**
 * The client's own no: while the server refuses much of what is sent, the
 * client stops sending it.
 *
 * Refused by itself with the probability
 * `(requests - k × accepts) / (requests + 1)` over a window. Requests are
 * counted before they are sent, also those it refuses itself: counted at
 * their end, a server that hangs would look idle. Only the young ones without
 * an answer are left out: with them, a first burst would refuse itself.
 *
 * Source: B. Beyer et al., "Site Reliability Engineering", chapter 21, "Client-Side Throttling".
 * Floor 3: imports `clock`, `errors`, `gate`, `measure`, `options`, `queues`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { checkAsk } from '../gate/ask.ts'
import type { Ask, Gate, Outcome, Permit, Refusal } from '../gate/gate.ts'
import { OncePermit } from '../gate/permits.ts'
import { refusal, refusalError } from '../gate/refusal.ts'
import { type RunOptions, run } from '../gate/run.ts'
import { SlidingSum } from '../measure/sliding-sum.ts'
import {
  aClock,
  aFunction,
  durationMs,
  numberFrom,
  optional,
  positive,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'
import { openWait, type WaitOptions } from '../options/wait-options.ts'
import { type Linked, LinkedList } from '../queues/linked-list.ts'

/** Options of an `AdaptiveThrottle`. */
export interface AdaptiveThrottleOptions {
  /**
   * So many requests are sent for each that is accepted. Lower wastes less of the server's work and reacts to less.
   * At least 1. @defaultValue 2
   */
  readonly k?: number | undefined
  /** What is older, in milliseconds, is forgotten. Above 0. @defaultValue 30000 */
  readonly windowMs?: number | undefined
  /**
   * A request that has no answer yet counts as not accepted from this age in milliseconds on, and until then it counts
   * neither way. Longer than an answer usually takes: a server that is only slow must not look like one that hangs.
   * 0: at once. No longer than `windowMs`, whatever is stated. @defaultValue 1000
   */
  readonly graceMs?: number | undefined
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
  graceMs: optional(durationMs),
  maxShare: optional(numberFrom(0, 1)),
  random: optional(aFunction),
  clock: optional(aClock),
}
const DEFAULTS = { k: 2, windowMs: 30_000, graceMs: 1000, maxShare: 0.9, random: Math.random }

/** Counters since the start. */
export interface AdaptiveThrottleStats {
  /** Sent. */
  readonly admitted: number
  /** Refused here, without being sent. */
  readonly shed: number
  /** The share that is refused now, from 0 to `maxShare`. */
  readonly share: number
}

/** A gate for the callers of one resource. Every operation costs O(1), amortised. */
export class AdaptiveThrottle implements Gate {
  /** Its permits take nothing from others. */
  readonly isJudge = true
  readonly #k: number
  readonly #maxShare: number
  readonly #graceMs: number
  readonly #random: () => number
  readonly #clock: Clock
  readonly #requests: SlidingSum
  readonly #accepts: SlidingSum
  /** Sent, without an answer, and not old enough to say anything; the oldest first. */
  readonly #young = new LinkedList<ThrottlePermit>()
  #admitted = 0
  #shed = 0

  /** @throws OptionError when an option is unknown or out of its range */
  constructor(given: AdaptiveThrottleOptions = {}) {
    const options = resolveOptions('AdaptiveThrottle', given, RULES, DEFAULTS)
    this.#k = options.k
    this.#maxShare = options.maxShare
    // Older than the window, a request is no longer counted, and must not be left out of what is.
    this.#graceMs = Math.min(options.graceMs, options.windowMs)
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
    this.#ripen(nowMs)
    const requests = Math.max(0, this.#requests.sum(nowMs) - this.#young.size)
    const wanted = (requests - this.#k * this.#accepts.sum(nowMs)) / (requests + 1)
    return Math.min(this.#maxShare, Math.max(0, wanted))
  }

  #ripen(nowMs: number): void {
    for (let oldest = this.#young.head; oldest; oldest = this.#young.head) {
      // Sent later than now: the clock was set back.
      if (oldest.sentMs <= nowMs && nowMs - oldest.sentMs < this.#graceMs) return
      this.#young.remove(oldest)
    }
  }

  /**
   * Counts the request, and admits it or sheds it with `ERR_SHED`. The outcome `failure` says that the server did not
   * accept it; any other, that it did. Cancelled, it counts as never asked.
   *
   * @throws OptionError for a wrong ask
   */
  tryEnter(ask?: Ask): Permit | Refusal {
    checkAsk('AdaptiveThrottle', ask)
    const nowMs = this.#clock.nowMs()
    const share = this.#shareAt(nowMs)
    this.#requests.add(1, nowMs)
    if (share > 0 && this.#random() < share) {
      this.#shed++
      return refusal('ERR_SHED')
    }
    this.#admitted++
    const permit = new ThrottlePermit(nowMs, this.#settle)
    this.#young.pushBack(permit)
    return permit
  }

  /**
   * The same as a promise. Never waits.
   *
   * @throws OverloadError when shed; `signal.reason` when aborted before; OptionError for a wrong ask
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    openWait('AdaptiveThrottle', ask)
    const answer = this.tryEnter(ask)
    if (answer.admitted) return answer
    throw refusalError('AdaptiveThrottle', answer)
  }

  /** `run` of this gate: enters, runs `work`, ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  readonly #settle: Settle = (permit, ending) => {
    this.#young.remove(permit)
    const nowMs = this.#clock.nowMs()
    if (ending === 'cancelled') this.#requests.takeBack(1, permit.sentMs, nowMs)
    else if (ending !== 'failure') this.#accepts.add(1, nowMs)
  }

  /** Counters, by value. */
  stats(): AdaptiveThrottleStats {
    return { admitted: this.#admitted, shed: this.#shed, share: this.share }
  }
}

type Settle = (permit: ThrottlePermit, ending: Outcome | 'cancelled') => void

class ThrottlePermit extends OncePermit implements Linked<ThrottlePermit> {
  prev: ThrottlePermit | undefined = undefined
  next: ThrottlePermit | undefined = undefined
  list: unknown = undefined
  readonly sentMs: number
  readonly #settle: Settle

  constructor(sentMs: number, settle: Settle) {
    super()
    this.sentMs = sentMs
    this.#settle = settle
  }

  protected onEnd(outcome: Outcome): void {
    this.#settle(this, outcome)
  }

  protected onCancel(): void {
    this.#settle(this, 'cancelled')
  }
}
