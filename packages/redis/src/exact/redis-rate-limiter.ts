/**
 * One exact rate limit for a whole fleet, for each key: every decision is one
 * atomic script on Redis, in the server's time.
 *
 * Nobody waits for Redis longer than `callTimeoutMs`; what happens then is a
 * declared choice. Absent on purpose: a queue of commands, and a cache of
 * decisions. Where a round trip for each decision is too dear, use
 * `LeasedRateLimiter`.
 */
import {
  type Ask,
  type AsyncGate,
  isOverloadError,
  type KeyedRateLimiter,
  type OverloadError,
  type Permit,
  type RunOptions,
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
import { localKeyedLimiter } from '../ledger/when-unavailable.ts'
import { costOf, waitBoundMs } from '../options/read-ask.ts'
import { type Decision, readDecision, wholeUs } from './decision.ts'
import { type Asked, type Awaited, Entry, type EntryDesk } from './entry.ts'
import { type RedisRateLimiterOptions, readExactOptions } from './exact-options.ts'
import { DECIDE, GIVE_BACK } from './gcra-script.ts'

const OWNER = 'RedisRateLimiter'

/** The ledger, and how the way to Redis is. */
export interface RedisRateStats extends LedgerSnapshot {
  readonly redis: RedisStats
}

/**
 * Admits `ratePerSecond` asks a second for each key over the whole fleet, and up to `burst` at once after a pause.
 *
 * Promise: over any stretch of the server's time no key is granted more than `burst + ratePerSecond × seconds`
 * tokens, but for what cancelled permits gave back, and for what `allow` or `local` admit while Redis is away. A
 * refusal changes nothing. One round trip for each ask; one key in Redis for each key in debt, which expires by
 * itself. Redis losing its memory, as in a restart without a snapshot, gives every key its burst back.
 */
export class RedisRateLimiter implements AsyncGate {
  readonly #options: Required<RedisRateLimiterOptions>
  readonly #link: RedisLink
  readonly #ledger = new Ledger()
  readonly #local: KeyedRateLimiter | undefined
  readonly #open = new Set<Entry>()
  readonly #desk: EntryDesk
  /** What begins every key on Redis, and what every decision is told first. */
  readonly #keyPrefix: string
  readonly #quota: readonly [rate: string, burst: string]
  /** How many of the open may have to wait for a slot. */
  #patient = 0
  #isClosed = false

  /** @throws OptionError when an option is unknown, missing or out of range */
  constructor(options: RedisRateLimiterOptions) {
    this.#options = readExactOptions(OWNER, options)
    const { redis: runner, clock, callTimeoutMs, maxInFlight } = this.#options
    this.#link = new RedisLink({ runner, clock, callTimeoutMs, maxInFlight })
    this.#local = localKeyedLimiter(OWNER, this.#options)
    this.#desk = this.#makeDesk()
    const { prefix, name, ratePerSecond, burst } = this.#options
    this.#keyPrefix = `${prefix}rate:${name}:`
    this.#quota = [String(ratePerSecond), String(burst)]
  }

  /**
   * Resolves when the ask may start: when Redis says so, or when its slot has come. A wait that cannot end within
   * the ask's bounds is refused at once and takes nothing. With `timeoutMs: 0` nobody waits for a slot; the answer
   * of Redis itself may take up to `callTimeoutMs`. Asks without a key share one. Ending the permit gives nothing
   * back, for the tokens are spent; cancelling it, instead, gives them back.
   *
   * @throws OverloadError `ERR_RATE_LIMITED` with the exact `retryAfterMs`, `ERR_COST_EXCEEDS_BURST`,
   * `ERR_TOO_MANY_WAITING`, `ERR_WAIT_TIMEOUT` when the answer took longer than the caller's patience,
   * `ERR_LIMIT_UNAVAILABLE` when Redis is away and that was chosen, `ERR_CLOSED`; `signal.reason` when aborted
   */
  enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    // Whatever the executor throws is the promise's rejection: one promise for an ask, not two.
    return new Promise((resolve, reject) => this.#enter(ask, { resolve, reject }))
  }

  /** `run` of this gate: enters, runs `work`, and ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /**
   * Tries whether Redis does what the limiter needs: for the start of a service. Waits for the client to connect,
   * at most `timeoutMs`, 2000 by default.
   *
   * @throws RedisSetupError that names the remedy
   */
  check({ timeoutMs = 2000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { ratePerSecond, burst, clock, name, prefix } = this.#options
    const call = {
      script: DECIDE,
      key: `${prefix}check:rate:${name}`,
      args: [String(ratePerSecond), String(burst), '0', '0'],
    }
    return checkSetup({ owner: OWNER, link: this.#link, clock, timeoutMs, call, read: readDecision })
  }

  /** What became of every ask so far, and how the way to Redis is. */
  stats(): RedisRateStats {
    return { ...this.#ledger.snapshot(), redis: redisStats(this.#link.stats()) }
  }

  /** Refuses those who wait, and all that comes, with `ERR_CLOSED`; their tokens go back. Closing again does nothing. */
  close(): void {
    this.#isClosed = true
    for (const entry of [...this.#open]) {
      entry.leave()
      this.#refuse(entry, closedError(OWNER))
    }
  }

  #enter(ask: Ask & WaitOptions, awaited: Awaited): void {
    if (ask?.signal?.aborted) {
      this.#ledger.arrive()
      this.#ledger.abandon()
      throw ask.signal.reason
    }
    const asked = this.#read(ask)
    const { burst } = this.#options
    this.#ledger.arrive()
    if (this.#isClosed) throw this.#counted(closedError(OWNER))
    if (asked.cost > burst) throw this.#counted(tooDearError(OWNER, asked.cost, burst))
    const entry = new Entry(this.#desk, asked, awaited)
    this.#open.add(entry)
    if (asked.slotBoundMs > 0) this.#patient++
    entry.start()
  }

  #read(ask: Ask & WaitOptions): Asked {
    const cost = costOf(OWNER, ask)
    const { signal } = ask
    const key = ask.key ?? ''
    const boundMs = waitBoundMs(OWNER, ask)
    const slotBoundMs = this.#patient < this.#options.maxWaiting ? boundMs : 0
    const [rate, burst] = this.#quota
    const args = [rate, burst, String(cost), wholeUs(slotBoundMs)]
    return { key, cost, boundMs, slotBoundMs, signal, redisKey: this.#keyPrefix + key, args }
  }

  #makeDesk(): EntryDesk {
    return {
      clock: this.#options.clock,
      ask: (entry) => this.#link.run(entry),
      admit: (entry) => this.#admit(entry, () => this.#giveBack(entry.asked)),
      refuse: (entry, decision) => this.#refuse(entry, refusalOf(entry.asked, decision)),
      abandon: (entry) => this.#abandon(entry, entry.asked.signal?.reason),
      outOfPatience: (entry) => this.#refuse(entry, timeoutError(OWNER, entry.asked.boundMs)),
      decideAlone: (entry, fault) => this.#decideAlone(entry, fault),
      // A slot to come may have others behind it, who keep theirs; tokens that were there have not.
      giveBack: (asked, { waitMs, sum }) => this.#giveBack(asked, ...(waitMs > 0 ? [sum] : [])),
    }
  }

  #decideAlone(entry: Entry, fault: unknown): void {
    this.#ledger.missRedis(this.#local !== undefined)
    if (this.#local) {
      const { key, cost, signal } = entry.asked
      this.#local.enter({ key, cost, signal, timeoutMs: entry.patienceMs }).then(
        (permit) => this.#admit(entry, () => permit.cancel()),
        (reason: unknown) => this.#refuseLocally(entry, reason, fault),
      )
    } else if (this.#options.whenUnavailable === 'allow') {
      this.#admit(entry, () => {})
    } else {
      this.#refuse(entry, unavailableError(OWNER, fault))
    }
  }

  #refuseLocally(entry: Entry, reason: unknown, fault: unknown): void {
    if (!isOverloadError(reason)) this.#abandon(entry, reason)
    // It fits the quota, though not this node's share of it: it can pass when Redis is back.
    else if (reason.code === 'ERR_COST_EXCEEDS_BURST') this.#refuse(entry, unavailableError(OWNER, fault))
    else this.#refuse(entry, reason)
  }

  #admit(entry: Entry, undo: () => void): void {
    const awaited = this.#end(entry)
    // Closed while the local limiter took its time.
    if (!awaited) {
      undo()
      return
    }
    entry.isAdmitted = true
    this.#ledger.accept()
    const cancel = (): void => {
      this.#ledger.cancel()
      undo()
    }
    awaited.resolve(ratePermit(cancel))
  }

  #refuse(entry: Entry, error: OverloadError): void {
    const awaited = this.#end(entry)
    if (awaited) awaited.reject(this.#counted(error))
  }

  #abandon(entry: Entry, reason: unknown): void {
    const awaited = this.#end(entry)
    if (!awaited) return
    this.#ledger.abandon()
    awaited.reject(reason)
  }

  #end(entry: Entry): Awaited | undefined {
    if (!this.#open.delete(entry)) return undefined
    if (entry.asked.slotBoundMs > 0) this.#patient--
    return entry.awaited
  }

  #counted(error: OverloadError): OverloadError {
    this.#ledger.refuse(error.code)
    return error
  }

  /** With the sum of its grant, a slot that is still to come; otherwise tokens whose work never started. */
  #giveBack({ redisKey: key, cost }: Asked, ...sum: readonly string[]): void {
    if (cost === 0) return
    const args = [this.#quota[0], String(cost), ...sum]
    this.#link.run({ script: GIVE_BACK, key, args, settle() {} })
  }
}

function refusalOf({ cost, boundMs, slotBoundMs }: Asked, { waitMs }: Decision): OverloadError {
  if (slotBoundMs < boundMs && waitMs <= boundMs) return tooManyWaitingError(OWNER, waitMs)
  if (slotBoundMs === 0) return rateError(OWNER, cost, waitMs)
  // A wait within the bound is as good as none; a microsecond for what rounding could take away.
  return rateError(OWNER, cost, Math.max(0, waitMs - boundMs) + 0.001)
}
