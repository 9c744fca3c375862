/**
 * One rate limit for each key: each caller, tenant or address has a token bucket of its own, and the number of
 * buckets is bounded.
 *
 * A full bucket says nothing that a new one would not, so full buckets are forgotten first, and that changes
 * nothing. When none is full, the fullest is evicted: the one whose owner gains least. So a flood of new keys
 * pushes out its own members, and not the caller who has used up its burst.
 *
 * Absent on purpose: a limit for all keys together. Who can make up keys is not bounded by a limit for each:
 * put a `RateLimiter` before it.
 *
 * Floor 3: imports `clock`, `gate`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { aKey, costOf } from '../gate/ask.ts'
import type { CallbackGate, EntryListener, Waiting } from '../gate/callback-gate.ts'
import type { Ask, Permit, Refusal } from '../gate/gate.ts'
import { type RunOptions, run } from '../gate/run.ts'
import {
  aClock,
  check,
  integerFrom,
  integerOrInfinityFrom,
  type Rule,
  resolveOptions,
} from '../options/rules.ts'
import { hasLeft, type WaitOptions } from '../options/wait-options.ts'
import type { LinkedList } from '../queues/linked-list.ts'
import { type Filling, FillOrder, Place } from './fill-order.ts'
import { RateDesk, type RateReservation } from './rate-desk.ts'
import type { RateWaitOptions } from './rate-limiter.ts'
import type { RateStats } from './rate-stats.ts'
import type { Lane, SlotWaiter } from './time-slots.ts'
import { TokenBucket } from './token-bucket.ts'

/** What a limit for each key is made of. */
export interface KeyedRateLimiterOptions {
  /** Tokens that flow into each bucket a second. Above 0; `Infinity`: no limit, and no key is remembered. */
  readonly ratePerSecond: number
  /** The most tokens a key saves up, hence its largest burst and its largest single ask. A whole number of at least 1. */
  readonly burst: number
  /**
   * The most keys remembered at one time, a whole number of at least 1. More than are active within
   * `burst / ratePerSecond` seconds is enough: then nobody is evicted. A key costs about 250 bytes and its text.
   */
  readonly maxKeys: number
  /**
   * The most callers in `wait` and `enter` at one time, over all keys; the next one is refused. `Infinity` for
   * no bound.
   * @defaultValue 1024
   */
  readonly maxWaiting?: number
  /**
   * The most of them for one key, so that one key cannot take the places of all. `Infinity` for no bound.
   * @defaultValue 16
   */
  readonly maxWaitingPerKey?: number
  /** @defaultValue `systemClock` */
  readonly clock?: Clock
}

/** The ledger, and what became of the keys. */
export interface KeyedRateStats extends RateStats {
  /** How many keys are remembered now: at most `maxKeys`. */
  readonly keys: number
  /** How many keys were forgotten because their bucket was full, which changed nothing. */
  readonly forgotten: number
  /** How many were evicted though their bucket was not full. Above 0: `maxKeys` is too small, or a flood. */
  readonly evicted: number
  /** How many tokens the evicted were given by that: the most that was admitted beyond the limits of the keys. */
  readonly forgivenTokens: number
}

const aRateAboveZero: Rule = {
  expects: 'a number above 0 (Infinity for no limit)',
  accepts: (value) => typeof value === 'number' && value > 0,
}
const aBurstOfOne: Rule = integerFrom(1)

/** A key whose bucket has been full for this long is idle. */
const IDLE_MS = 60_000

function checkKey(key: string): void {
  // Asked first: the rule costs a call, and this is on the way of each admission (`npm run bench -- rate`).
  if (typeof key !== 'string') check('KeyedRateLimiter', 'key', key, aKey)
}

/** The bucket of one key. */
class KeyLane extends Place implements Lane, Filling {
  readonly key: string
  readonly bucket: TokenBucket
  line: LinkedList<SlotWaiter> | undefined = undefined
  isRemembered = false

  constructor(key: string, bucket: TokenBucket) {
    super()
    this.key = key
    this.bucket = bucket
  }

  get fullAtMs(): number {
    return this.bucket.fullAtMs
  }
}

/**
 * Admits `ratePerSecond` asks a second for each key, and up to `burst` at once after a pause.
 *
 * Promise: over any stretch of time no key is granted more than `burst + ratePerSecond × seconds` tokens, unless
 * it was evicted meanwhile; and no key is evicted while another bucket is fuller than its own by more than
 * 1/128 of the burst (tokens given back are noticed at the key's next ask). So a key has its burst back before
 * time only when all others are as exhausted as itself.
 *
 * Every method costs O(1), amortised, whatever the number of keys, but for `setRate` and `setBurst`.
 */
export class KeyedRateLimiter implements CallbackGate {
  readonly #maxKeys: number
  readonly #clock: Clock
  readonly #desk: RateDesk
  readonly #lanes = new Map<string, KeyLane>()
  /** What a new bucket is like. */
  readonly #pattern: TokenBucket
  #order: FillOrder<KeyLane>
  #forgotten = 0
  #evicted = 0
  #forgivenTokens = 0

  /** @throws OptionError when an option is unknown, missing or out of range */
  constructor(options: KeyedRateLimiterOptions) {
    const rules = {
      ratePerSecond: aRateAboveZero,
      burst: aBurstOfOne,
      maxKeys: integerFrom(1),
      maxWaiting: integerOrInfinityFrom(0),
      maxWaitingPerKey: integerOrInfinityFrom(0),
      clock: aClock,
    }
    const defaults = { maxWaiting: 1024, maxWaitingPerKey: 16, clock: systemClock }
    const resolved = resolveOptions<KeyedRateLimiterOptions, typeof defaults>(
      'KeyedRateLimiter',
      options,
      rules,
      defaults,
    )
    this.#maxKeys = resolved.maxKeys
    this.#clock = resolved.clock
    this.#desk = new RateDesk('KeyedRateLimiter', resolved)
    const { ratePerSecond, burst } = resolved
    this.#pattern = new TokenBucket({ ratePerSecond, burst })
    this.#order = this.#newOrder()
  }

  /**
   * Takes `n` tokens of `key` if they are there now, and tells whether it did.
   *
   * @throws OptionError when `n` is out of range, or the key is no string
   */
  allow(key: string, n: number = 1): boolean {
    checkKey(key)
    const nowMs = this.#clock.nowMs()
    const lane = this.#laneOf(key)
    if (!this.#desk.allow(lane.bucket, nowMs, n)) return false
    this.#remember(lane, nowMs)
    return true
  }

  /**
   * Takes `n` tokens of `key`, now or out of the future, and tells after which delay they may be used.
   *
   * @throws OptionError when `n` is out of range, or the key is no string
   */
  reserve(key: string, n: number = 1): RateReservation {
    checkKey(key)
    const nowMs = this.#clock.nowMs()
    const lane = this.#laneOf(key)
    const reservation = this.#desk.reserve(lane.bucket, nowMs, n)
    this.#remember(lane, nowMs)
    return reservation
  }

  /**
   * Resolves when `n` tokens of `key` may be used, first come, first served within the key. As
   * `RateLimiter.wait`: refused at once when it cannot end within its bounds.
   *
   * @throws OverloadError `ERR_RATE_LIMITED` when the wait would be longer than the bounds allow,
   * `ERR_TOO_MANY_WAITING` when as many wait as may, `ERR_COST_EXCEEDS_BURST` when `n` exceeds the burst;
   * `options.signal.reason` when aborted; OptionError when `n` or a bound is out of range, or the key is no string
   */
  wait(key: string, options: RateWaitOptions = {}): Promise<void> {
    try {
      checkKey(key)
      const nowMs = this.#clock.nowMs()
      const lane = this.#laneOf(key)
      const granted = this.#desk.wait(lane, { nowMs, n: options.n ?? 1, wait: options })
      this.#remember(lane, nowMs)
      return granted
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * As `allow`, for `ask.cost` tokens of `ask.key`; asks without a key share one. Ending the permit gives
   * nothing back; cancelling it, instead of ending it, gives all of it back, unless the key was evicted.
   *
   * @throws OptionError for a wrong ask
   */
  tryEnter(ask?: Ask): Permit | Refusal {
    const n = costOf('KeyedRateLimiter', ask)
    const nowMs = this.#clock.nowMs()
    const lane = this.#laneOf(ask?.key ?? '')
    const answer = this.#desk.tryEnter(lane.bucket, nowMs, n)
    if (answer.admitted) this.#remember(lane, nowMs)
    return answer
  }

  /**
   * As `wait`, for `ask.cost` tokens of `ask.key`; asks without a key share one.
   *
   * @throws OverloadError as `wait`; `signal.reason` when aborted; OptionError for a wrong ask
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    // An aborted signal wins over a wrong cost, too.
    const n = hasLeft('KeyedRateLimiter', ask) ? 0 : costOf('KeyedRateLimiter', ask)
    const nowMs = this.#clock.nowMs()
    const lane = this.#laneOf(ask.key ?? '')
    const permit = this.#desk.enter(lane, { nowMs, n, wait: ask })
    this.#remember(lane, nowMs)
    return permit
  }

  /**
   * `enter` with callbacks instead of a promise. The listener is called once, before `request` returns when the answer
   * is known.
   *
   * @returns the place in the line, to be abandoned; `undefined` when the listener has its answer
   * @throws OptionError for a wrong ask
   */
  request(ask: Ask & WaitOptions, listener: EntryListener): Waiting | undefined {
    const n = hasLeft('KeyedRateLimiter', ask) ? 0 : costOf('KeyedRateLimiter', ask)
    const { signal } = ask
    const nowMs = this.#clock.nowMs()
    const lane = this.#laneOf(ask.key ?? '')
    const claim = this.#desk.claim(lane, { nowMs, n, wait: ask })
    this.#remember(lane, nowMs)
    return this.#desk.tell(claim, { lane, signal }, listener)
  }

  /** `run` of this gate: enters, runs `work`, ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /** How many tokens `key` has now; a key that is not remembered has its whole burst. Takes nothing. */
  tokens(key: string): number {
    return this.#lanes.get(key)?.bucket.tokens(this.#clock.nowMs()) ?? this.burst
  }

  /** Tokens that flow into each bucket a second. */
  get ratePerSecond(): number {
    return this.#pattern.ratePerSecond
  }

  /** The most tokens a key saves up. */
  get burst(): number {
    return this.#pattern.burst
  }

  /**
   * Changes the rate of every key from now on. Those who wait, and reservations, keep their times. Costs
   * O(keys).
   *
   * @throws OptionError when it is not above 0
   */
  setRate(ratePerSecond: number): void {
    check('KeyedRateLimiter', 'ratePerSecond', ratePerSecond, aRateAboveZero)
    this.#changeAll((bucket, nowMs) => bucket.setRate(nowMs, ratePerSecond))
  }

  /**
   * Changes the burst of every key from now on. Raising it adds no tokens to the buckets that are remembered,
   * lowering it takes those that no longer fit. Costs O(keys).
   *
   * @throws OptionError when it is not a whole number of at least 1
   */
  setBurst(burst: number): void {
    check('KeyedRateLimiter', 'burst', burst, aBurstOfOne)
    this.#changeAll((bucket, nowMs) => bucket.setBurst(nowMs, burst))
  }

  /** What became of every ask and every key so far. */
  stats(): KeyedRateStats {
    return {
      ...this.#desk.stats(),
      keys: this.#lanes.size,
      forgotten: this.#forgotten,
      evicted: this.#evicted,
      forgivenTokens: this.#forgivenTokens,
    }
  }

  #laneOf(key: string): KeyLane {
    return this.#lanes.get(key) ?? new KeyLane(key, new TokenBucket(this.#pattern))
  }

  #newOrder(): FillOrder<KeyLane> {
    return new FillOrder((this.burst / this.ratePerSecond) * 1000)
  }

  /** Keeps the lane, in its place, if there is anything to remember. */
  #remember(lane: KeyLane, nowMs: number): void {
    if (!lane.isRemembered) {
      if (lane.bucket.tokens(nowMs) >= this.burst) return
      this.#makeRoom(nowMs)
      this.#lanes.set(lane.key, lane)
      lane.isRemembered = true
    }
    this.#order.place(lane, nowMs)
  }

  /** For a new key: forgets up to two idle ones, so that the memory shrinks after a flood, and evicts if it must. */
  #makeRoom(nowMs: number): void {
    for (let i = 0; i < 2; i++) {
      const full = this.#order.firstFull(nowMs)
      if (!full || (this.#lanes.size < this.#maxKeys && nowMs - full.fullAtMs < IDLE_MS)) break
      this.#forget(full)
      this.#forgotten++
    }
    if (this.#lanes.size < this.#maxKeys) return
    const fullest = this.#order.fullest(nowMs)
    if (!fullest) return
    this.#forget(fullest)
    this.#evicted++
    this.#forgivenTokens += this.burst - fullest.bucket.tokens(nowMs)
  }

  #forget(lane: KeyLane): void {
    this.#order.remove(lane)
    this.#lanes.delete(lane.key)
    lane.isRemembered = false
  }

  #changeAll(change: (bucket: TokenBucket, nowMs: number) => void): void {
    const nowMs = this.#clock.nowMs()
    change(this.#pattern, nowMs)
    this.#order = this.#newOrder()
    for (const lane of this.#lanes.values()) {
      change(lane.bucket, nowMs)
      this.#order.place(lane, nowMs)
    }
  }
}
