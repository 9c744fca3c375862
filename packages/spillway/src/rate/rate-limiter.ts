/**
 * Rate limiter: a token bucket with a clock, three ways to ask, and a bound on those who wait.
 *
 * `allow` answers now; `reserve` answers when; `wait` comes back when it is time. `tryEnter` and `enter` say
 * the same as a `Gate`. The bucket itself is in token-bucket.ts, the waiting in time-slots.ts.
 *
 * Floor 3: imports `clock`, `gate`, `options`.
 * Source: golang.org/x/time/rate; the differences are listed in README.md.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { costOf } from '../gate/ask.ts'
import type { CallbackGate, EntryListener, Waiting } from '../gate/callback-gate.ts'
import type { Ask, Permit, Refusal } from '../gate/gate.ts'
import { type RunOptions, run } from '../gate/run.ts'
import { aClock, check, integerOrInfinityFrom, resolveOptions } from '../options/rules.ts'
import { hasLeft, type WaitOptions } from '../options/wait-options.ts'
import { RateDesk, type RateReservation } from './rate-desk.ts'
import { aBurst, aRate } from './rate-rules.ts'
import type { RateStats } from './rate-stats.ts'
import type { Lane } from './time-slots.ts'
import { TokenBucket } from './token-bucket.ts'

/** What a rate limiter is made of. */
export interface RateLimiterOptions {
  /** Tokens that flow in each second, at least 0. `Infinity`: no limit, whatever the burst. */
  readonly ratePerSecond: number
  /** The most tokens saved up, hence the largest burst and the largest single ask. A whole number of at least 0. */
  readonly burst: number
  /**
   * The most callers in `wait` and `enter` at one time; the next one is refused. `Infinity` for no bound.
   * @defaultValue 1024
   */
  readonly maxWaiting?: number
  /** @defaultValue `systemClock` */
  readonly clock?: Clock
}

/** How many tokens to wait for, and how long. */
export interface RateWaitOptions extends WaitOptions {
  /**
   * Tokens, a number of at least 0.
   * @defaultValue 1
   */
  readonly n?: number | undefined
}

/**
 * Admits `ratePerSecond` asks a second, and up to `burst` at once after a pause.
 *
 * Over any stretch of time no more than `burst + ratePerSecond × seconds` tokens may be used, but for what
 * cancelled permits gave back. (Those whose time passes while the event loop stalls wake together, late.) A
 * refusal changes nothing but a counter. A number of tokens may be a fraction; a negative or infinite one, or
 * `NaN`, is an `OptionError`. Every method costs O(1) and one reading of the clock, a wait O(log n) of those who wait.
 */
export class RateLimiter implements CallbackGate {
  readonly #clock: Clock
  readonly #bucket: TokenBucket
  readonly #lane: Lane
  readonly #desk: RateDesk

  /** @throws OptionError when an option is unknown, missing or out of range */
  constructor(options: RateLimiterOptions) {
    const rules = {
      ratePerSecond: aRate,
      burst: aBurst,
      maxWaiting: integerOrInfinityFrom(0),
      clock: aClock,
    }
    const defaults = { maxWaiting: 1024, clock: systemClock }
    const { ratePerSecond, burst, maxWaiting, clock } = resolveOptions<RateLimiterOptions, typeof defaults>(
      'RateLimiter',
      options,
      rules,
      defaults,
    )
    this.#clock = clock
    this.#bucket = new TokenBucket({ ratePerSecond, burst })
    this.#lane = { bucket: this.#bucket, line: undefined }
    this.#desk = new RateDesk('RateLimiter', { clock, maxWaiting, maxWaitingPerKey: maxWaiting })
  }

  /** Takes `n` tokens if they are there now, and tells whether it did. For work that is dropped otherwise. */
  allow(n: number = 1): boolean {
    return this.#desk.allow(this.#bucket, this.#clock.nowMs(), n)
  }

  /**
   * Takes `n` tokens, now or out of the future, and tells after which delay they may be used. For callers
   * who schedule their work themselves. Not bounded by `maxWaiting`: the future it books is the caller's.
   */
  reserve(n: number = 1): RateReservation {
    return this.#desk.reserve(this.#bucket, this.#clock.nowMs(), n)
  }

  /**
   * Resolves when `n` tokens may be used, first come, first served. A wait that cannot end within its bounds
   * is refused at once and takes nothing. When the signal aborts, before the call or during the wait, the
   * rejection is its reason, and the tokens go back as `RateReservation.cancel` does it; what that holds
   * back for those behind follows when they leave too.
   *
   * @throws OverloadError `ERR_RATE_LIMITED` when the wait would be longer than the bounds allow,
   * `ERR_TOO_MANY_WAITING` when `maxWaiting` callers wait, `ERR_COST_EXCEEDS_BURST` when `n` exceeds the burst;
   * OptionError when `n` or a bound is out of range
   */
  wait(options: RateWaitOptions = {}): Promise<void> {
    return this.#desk.wait(this.#lane, { nowMs: this.#clock.nowMs(), n: options.n ?? 1, wait: options })
  }

  /**
   * As `allow`, for `ask.cost` tokens. Ending the permit gives nothing back, for the tokens are spent;
   * cancelling it, instead of ending it, gives all of them back.
   *
   * @throws OptionError for a wrong ask
   */
  tryEnter(ask?: Ask): Permit | Refusal {
    return this.#desk.tryEnter(this.#bucket, this.#clock.nowMs(), costOf('RateLimiter', ask))
  }

  /**
   * As `wait`, for `ask.cost` tokens.
   *
   * @throws OverloadError as `wait`; `signal.reason` when aborted; OptionError for a wrong ask
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    // An aborted signal wins over a wrong cost, too.
    const n = hasLeft('RateLimiter', ask) ? 0 : costOf('RateLimiter', ask)
    return this.#desk.enter(this.#lane, { nowMs: this.#clock.nowMs(), n, wait: ask })
  }

  /**
   * `enter` with callbacks instead of a promise. The listener is called once, before `request` returns when the answer
   * is known.
   *
   * @returns the place in the line, to be abandoned; `undefined` when the listener has its answer
   * @throws OptionError for a wrong ask
   */
  request(ask: Ask & WaitOptions, listener: EntryListener): Waiting | undefined {
    const n = hasLeft('RateLimiter', ask) ? 0 : costOf('RateLimiter', ask)
    const { signal } = ask
    const lane = this.#lane
    const claim = this.#desk.claim(lane, { nowMs: this.#clock.nowMs(), n, wait: ask })
    return this.#desk.tell(claim, { lane, signal }, listener)
  }

  /** `run` of this gate: enters, runs `work`, ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /** How many tokens there are now: fractions count, below 0 is what is reserved of the future. Takes nothing. */
  get tokens(): number {
    return this.#bucket.tokens(this.#clock.nowMs())
  }

  /** Tokens that flow in each second. */
  get ratePerSecond(): number {
    return this.#bucket.ratePerSecond
  }

  /** The most tokens saved up. */
  get burst(): number {
    return this.#bucket.burst
  }

  /**
   * Changes the rate from now on. Those who wait, and reservations, keep the times they were given.
   *
   * @throws OptionError when it is below 0 or not a number
   */
  setRate(ratePerSecond: number): void {
    check('RateLimiter', 'ratePerSecond', ratePerSecond, aRate)
    this.#bucket.setRate(this.#clock.nowMs(), ratePerSecond)
  }

  /**
   * Changes the burst from now on. Raising it adds no tokens, lowering it takes those that no longer fit.
   *
   * @throws OptionError when it is not a whole number of at least 0
   */
  setBurst(burst: number): void {
    check('RateLimiter', 'burst', burst, aBurst)
    this.#bucket.setBurst(this.#clock.nowMs(), burst)
  }

  /** What became of every ask so far. */
  stats(): RateStats {
    return this.#desk.stats()
  }
}
