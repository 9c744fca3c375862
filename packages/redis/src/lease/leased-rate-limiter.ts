/**
 * One rate limit for a whole fleet, decided at each node: a node leases a
 * slice of the shared quota, by its demand, and renews it ahead of need.
 *
 * A decision costs what a local one costs, and Redis hears of a node some
 * sixteen times a second, however many asks it decides. The price is
 * the unevenness of a few renewals: a node may refuse for moments while another holds
 * tokens. Absent on purpose: keys. A quota for each caller is a
 * limiter for each, or `RedisRateLimiter`.
 */
import {
  type Ask,
  type Gate,
  isOverloadError,
  type OverloadCode,
  type OverloadError,
  type Permit,
  type RateLimiter,
  type Refusal,
  type RunOptions,
  refusal,
  run,
  type WaitOptions,
} from 'spillway'
import { checkSetup } from '../connection/check-setup.ts'
import { RedisLink } from '../connection/redis-link.ts'
import { Ledger, type LedgerSnapshot } from '../ledger/ledger.ts'
import { ratePermit } from '../ledger/permit.ts'
import { type RedisStats, redisStats } from '../ledger/redis-stats.ts'
import {
  closedError,
  rateError,
  timeoutError,
  tooDearError,
  tooManyWaitingError,
  unavailableError,
} from '../ledger/refusals.ts'
import { localLimiter } from '../ledger/when-unavailable.ts'
import { costOf, waitBoundMs } from '../options/read-ask.ts'
import { LeaseHolder, type Needed } from './lease-holder.ts'
import { type LeasedRateLimiterOptions, readLeaseOptions } from './lease-options.ts'
import { RENEW } from './lease-script.ts'
import { Renewals, readLoan } from './renewals.ts'
import { type Wait, Waiter, type WaiterDesk } from './waiter.ts'

const OWNER = 'LeasedRateLimiter'

/** The ledger, the lease, and how the way to Redis is. */
export interface LeasedRateStats extends LedgerSnapshot {
  /** Tokens that this node holds unused. */
  readonly held: number
  readonly redis: RedisStats
}

/**
 * Admits `ratePerSecond` asks a second over the whole fleet, and up to `burst` at once after a pause.
 *
 * Promise: over any stretch of time the fleet is granted at most `burst + ratePerSecond × seconds` tokens, as by
 * one bucket, and for each node that dies, once, what it had used and not yet told, at most `ratePerSecond × leaseMs
 * / 1000`; but for what cancelled permits gave back, and for what `allow` or `local` admit while Redis is away. A
 * refusal changes nothing. What a dead node held is back within one lease time. Nodes share a short quota by their
 * demand. A lease time after the last ask no timer is alive, unless somebody waits or was told to come back.
 */
export class LeasedRateLimiter implements Gate {
  readonly #options: Required<LeasedRateLimiterOptions>
  readonly #link: RedisLink
  readonly #holder: LeaseHolder
  readonly #renewals: Renewals
  readonly #ledger = new Ledger()
  readonly #local: RateLimiter | undefined
  readonly #line = new Set<Waiter>()
  readonly #desk: WaiterDesk
  /** What the latest ask that was short needs. */
  #needed = 0
  /** What somebody was told to come back for, and when. */
  #promised = { cost: 0, atMs: Number.NEGATIVE_INFINITY }
  #isClosed = false

  /** @throws OptionError when an option is unknown, missing or out of range */
  constructor(options: LeasedRateLimiterOptions) {
    this.#options = readLeaseOptions(OWNER, options)
    const { redis: runner, clock, callTimeoutMs, leaseMs } = this.#options
    this.#link = new RedisLink({ runner, clock, callTimeoutMs, maxInFlight: 16 })
    this.#holder = new LeaseHolder(leaseMs)
    this.#local = localLimiter(OWNER, this.#options)
    this.#renewals = new Renewals({
      ...this.#options,
      link: this.#link,
      holder: this.#holder,
      key: `${this.#options.prefix}lease:${this.#options.name}`,
      needed: () => this.#neededNow(),
      onEnd: () => this.#onRenewalEnd(),
    })
    this.#desk = {
      clock,
      outOfPatience: ({ wait }) => {
        this.#ledger.refuse('ERR_WAIT_TIMEOUT')
        wait.reject(timeoutError(OWNER, wait.boundMs))
      },
      abandon: ({ wait }) => {
        this.#ledger.abandon()
        wait.reject(wait.signal?.reason)
      },
    }
  }

  /**
   * Decides at once, from what this node holds. Before the first lease Redis counts as away: await `check()` at the
   * start. `retryAfterMs` is when this node expects tokens, `undefined` when it does not know. Ending the permit
   * gives nothing back; cancelling it, instead, gives its tokens to this node's next ask.
   */
  tryEnter(ask: Ask = {}): Permit | Refusal {
    const cost = costOf(OWNER, ask)
    this.#ledger.arrive()
    return this.#decide(cost)
  }

  /**
   * Waits for tokens of this node, first come, first served. A wait that is known not to end within its bounds is
   * refused at once. With `timeoutMs: 0` it is `tryEnter`.
   *
   * @throws OverloadError `ERR_RATE_LIMITED`, `ERR_WAIT_TIMEOUT` when nothing came in time, `ERR_TOO_MANY_WAITING`,
   * `ERR_COST_EXCEEDS_BURST`, `ERR_LIMIT_UNAVAILABLE` when Redis is away and that was chosen, `ERR_CLOSED`;
   * `signal.reason` when aborted
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    const signal = ask?.signal
    if (signal?.aborted) {
      this.#ledger.arrive()
      this.#ledger.abandon()
      throw signal.reason
    }
    const [cost, boundMs] = [costOf(OWNER, ask), waitBoundMs(OWNER, ask)]
    this.#ledger.arrive()
    if (boundMs > 0) return this.#enterPatiently({ cost, boundMs, signal })
    const answer = this.#decide(cost)
    if (!answer.admitted) throw this.#errorOf(answer, cost)
    return answer
  }

  /** `run` of this gate: enters, runs `work`, and ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /**
   * Tries whether Redis does what the limiter needs, and takes the first lease: for the start of a service. Waits for
   * the client to connect, at most `timeoutMs`, 2000 by default.
   *
   * @throws RedisSetupError that names the remedy
   */
  async check({ timeoutMs = 2000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { clock, ratePerSecond, burst, leaseMs, name, prefix } = this.#options
    const args = [ratePerSecond, burst, leaseMs * 1000, 'check', 0, 0, 0, 0, 0, 0].map(String)
    const call = { script: RENEW, key: `${prefix}check:lease:${name}`, args }
    const read = (reply: unknown): void => {
      if (!readLoan(reply)) throw new Error('the answer of the script cannot be read')
    }
    await checkSetup({ owner: OWNER, link: this.#link, clock, timeoutMs, call, read })
    await this.#renewals.renewNow()
  }

  /** What became of every ask so far, what this node holds, and how the way to Redis is. */
  stats(): LeasedRateStats {
    const redis = redisStats(this.#link.stats())
    return { ...this.#ledger.snapshot(), held: this.#holder.held(this.#options.clock.nowMs()), redis }
  }

  /**
   * Refuses those who wait, and all that comes, with `ERR_CLOSED`, and gives the lease back. Resolves when Redis has
   * it, or could not be reached: then it flows back when its time is over. Closing again does nothing.
   */
  close(): Promise<void> {
    this.#isClosed = true
    for (const waiter of [...this.#line]) {
      waiter.leave()
      waiter.wait.reject(this.#errorOf(this.#refuse('ERR_CLOSED'), waiter.wait.cost))
    }
    return this.#renewals.close()
  }

  #decide(cost: number): Permit | Refusal {
    const code = this.#obstacle(cost)
    if (code) return this.#refuse(code)
    const nowMs = this.#options.clock.nowMs()
    if (this.#tryTake(nowMs, cost)) return this.#admit(cost)
    if (this.#renewals.fault !== undefined) return this.#decideAlone(cost)
    const retryAfterMs = this.#retryAfterMs(nowMs, cost)
    if (retryAfterMs !== undefined) this.#promise(nowMs, cost)
    return this.#refuse('ERR_RATE_LIMITED', retryAfterMs)
  }

  async #enterPatiently(asked: Omit<Wait, 'resolve' | 'reject'>): Promise<Permit> {
    const { cost, boundMs, signal } = asked
    const code = this.#obstacle(cost)
    if (code) throw this.#errorOf(this.#refuse(code), cost)
    const nowMs = this.#options.clock.nowMs()
    if (this.#tryTake(nowMs, cost)) return this.#admit(cost)
    const { fault, isUnderWay, wasEverThere } = this.#renewals
    if (fault !== undefined && (wasEverThere || !isUnderWay)) return this.#enterAlone(cost, boundMs, signal)
    const retryAfterMs = this.#retryAfterMs(nowMs, cost)
    if (retryAfterMs !== undefined && retryAfterMs > boundMs) {
      throw this.#errorOf(this.#refuse('ERR_RATE_LIMITED', retryAfterMs - boundMs), cost)
    }
    if (this.#line.size >= this.#options.maxWaiting) {
      throw this.#errorOf(this.#refuse('ERR_TOO_MANY_WAITING', retryAfterMs), cost)
    }
    return new Promise((resolve, reject) => {
      new Waiter(this.#desk, this.#line, { ...asked, resolve, reject })
      this.#retryLater()
    })
  }

  /** Takes from what is held, for who comes when nobody waits, and renews if that is worth it. */
  #tryTake(nowMs: number, cost: number): boolean {
    this.#holder.note(cost)
    if (this.#line.size === 0 && this.#holder.take(nowMs, cost)) {
      this.#renewals.tryFor(false)
      return true
    }
    this.#needed = cost
    this.#renewals.tryFor(true)
    return this.#line.size === 0 && this.#holder.take(nowMs, cost)
  }

  #obstacle(cost: number): OverloadCode | undefined {
    if (this.#isClosed) return 'ERR_CLOSED'
    return cost > this.#options.burst ? 'ERR_COST_EXCEEDS_BURST' : undefined
  }

  #retryAfterMs(nowMs: number, cost: number): number | undefined {
    const afterMs = this.#holder.retryAfterMs(nowMs, cost)
    return afterMs === undefined ? undefined : afterMs + this.#renewals.tookMs
  }

  #decideAlone(cost: number): Permit | Refusal {
    this.#ledger.missRedis(this.#local !== undefined)
    if (this.#local) {
      const answer = this.#local.tryEnter({ cost })
      if (answer.admitted) return this.#admitAlone(() => answer.cancel())
      return this.#refuse(codeAlone(answer.code), answer.retryAfterMs)
    }
    if (this.#options.whenUnavailable === 'allow') return this.#admitAlone(() => {})
    return this.#refuse('ERR_LIMIT_UNAVAILABLE')
  }

  async #enterAlone(cost: number, boundMs: number, signal: AbortSignal | undefined): Promise<Permit> {
    if (!this.#local) {
      const answer = this.#decideAlone(cost)
      if (!answer.admitted) throw this.#errorOf(answer, cost)
      return answer
    }
    this.#ledger.missRedis(true)
    try {
      const permit = await this.#local.enter({ cost, timeoutMs: boundMs, signal })
      return this.#admitAlone(() => permit.cancel())
    } catch (reason) {
      if (!isOverloadError(reason)) {
        this.#ledger.abandon()
        throw reason
      }
      throw this.#errorOf(this.#refuse(codeAlone(reason.code), reason.retryAfterMs), cost)
    }
  }

  #admit(cost: number): Permit {
    return this.#admitAlone(() => {
      this.#holder.putBack(this.#options.clock.nowMs(), cost)
      this.#serveTheLine()
    })
  }

  #admitAlone(undo: () => void): Permit {
    this.#ledger.accept()
    return ratePermit(() => {
      this.#ledger.cancel()
      undo()
    })
  }

  #refuse(code: OverloadCode, retryAfterMs?: number): Refusal {
    this.#ledger.refuse(code)
    return refusal(code, retryAfterMs)
  }

  #errorOf({ code, retryAfterMs }: Refusal, cost: number): OverloadError {
    if (code === 'ERR_CLOSED') return closedError(OWNER)
    if (code === 'ERR_COST_EXCEEDS_BURST') return tooDearError(OWNER, cost, this.#options.burst)
    if (code === 'ERR_LIMIT_UNAVAILABLE') return unavailableError(OWNER, this.#renewals.fault)
    if (code === 'ERR_TOO_MANY_WAITING') return tooManyWaitingError(OWNER, retryAfterMs)
    return rateError(OWNER, cost, retryAfterMs)
  }

  #onRenewalEnd(): void {
    if (this.#renewals.fault === undefined) this.#serveTheLine()
    else this.#dissolveTheLine()
  }

  #serveTheLine(): void {
    const nowMs = this.#options.clock.nowMs()
    for (const waiter of this.#line) {
      const { cost, resolve } = waiter.wait
      if (!this.#holder.take(nowMs, cost)) break
      waiter.leave()
      resolve(this.#admit(cost))
    }
    this.#retryLater()
  }

  /** Redis is away: each gets the answer that was declared for that. */
  #dissolveTheLine(): void {
    for (const waiter of [...this.#line]) {
      const { patienceMs } = waiter
      const { cost, signal, resolve, reject } = waiter.wait
      waiter.leave()
      this.#enterAlone(cost, patienceMs, signal).then(resolve, reject)
    }
  }

  /** Sees to it that the tokens are there when somebody comes back for them. */
  #promise(nowMs: number, cost: number): void {
    this.#promised = { cost, atMs: nowMs + (this.#holder.retryAfterMs(nowMs, cost) ?? 0) }
    this.#retryLater()
  }

  /** Renews again while somebody waits, or was told to come back. */
  #retryLater(): void {
    const nowMs = this.#options.clock.nowMs()
    if (this.#line.size > 0 || this.#isPromised(nowMs))
      this.#renewals.retryIn(this.#holder.nextTryInMs(nowMs))
  }

  #isPromised(nowMs: number): boolean {
    return nowMs <= this.#promised.atMs && this.#holder.held(nowMs) < this.#promised.cost
  }

  /** The least that helps, and all that is waited for. */
  #neededNow(): Needed {
    const promised = this.#isPromised(this.#options.clock.nowMs()) ? this.#promised.cost : 0
    const [first] = this.#line
    const least = first ? first.wait.cost : Math.max(this.#needed, promised)
    let all = Math.max(this.#needed, promised)
    for (const { wait } of this.#line) all += wait.cost
    this.#needed = 0
    return { least, all: Math.min(all, this.#options.burst) }
  }
}

/** An ask beyond this node's share fits the quota all the same: it can pass when Redis is back. */
function codeAlone(code: OverloadCode): OverloadCode {
  return code === 'ERR_COST_EXCEEDS_BURST' ? 'ERR_LIMIT_UNAVAILABLE' : code
}
