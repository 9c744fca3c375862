/**
 * The rates of tenants, shared by all gateways that name the same Redis.
 *
 * `leased`: each gateway borrows tokens and decides by itself; one that is
 * short waits a moment for the next loan, as long as that is known to come.
 * `exact`: Redis decides each request. What happens while Redis is away is
 * declared, and counted.
 *
 * A debt cannot be booked elsewhere: a batch whose tokens are not there is
 * refused, whole.
 *
 * Imports `spillway`, `@spillway/redis`, `config`, `tenant-rate`.
 */
import {
  fromIoredis,
  LeasedRateLimiter,
  RedisRateLimiter,
  RedisSetupError,
  type ScriptRunner,
  type WhenUnavailable,
} from '@spillway/redis'
import { Redis } from 'ioredis'
import { isOverloadError, refusal } from 'spillway'
import { ConfigError } from '../config/config-error.ts'
import type { RedisSettings } from '../config/redis-settings.ts'
import type { TenantSettings } from '../config/tenant-settings.ts'
import type { RateVerdict, TenantRate } from './tenant-rate.ts'
import type { RateOf } from './tenants.ts'

/** How long a request may wait for tokens that are on their way. */
const LOAN_WAIT_MS = 50
/** The longest wait for an answer of Redis: then it counts as away. */
const CALL_TIMEOUT_MS = 100
/** So many of a tenant may wait for a loan; others are refused at once. */
const MAX_WAITING = 64
const CONNECT_TIMEOUT_MS = 2000
/** A connection on which an answer is awaited and nothing comes for so long is dead, though nobody has closed it. */
const SILENCE_MS = 2000
const RECONNECT_MS = 250

/** How the shared rates fare. */
export interface SharedRatesState {
  /** Whether the latest news of Redis was bad. */
  readonly isAway: boolean
  /** The latest failure in a sentence that names the remedy. */
  readonly lastFault: string | undefined
  readonly calls: number
  readonly failures: number
  /** Asks that found Redis away, and got the answer that is declared. */
  readonly unavailable: number
  /** How many of those this gateway decided by its share. */
  readonly decidedLocally: number
}

type Limiter = LeasedRateLimiter | RedisRateLimiter

/** Where the rates of all tenants are kept. */
export class SharedRates {
  readonly #settings: RedisSettings
  readonly #client: Redis
  readonly #runner: ScriptRunner
  readonly #limiters: Limiter[] = []

  /** @param onWarning - one sentence for an operator */
  constructor(settings: RedisSettings, onWarning: (sentence: string) => void) {
    this.#settings = settings
    this.#client = new Redis(settings.url.reveal(), {
      enableOfflineQueue: false,
      lazyConnect: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      // It was a primary when it was connected with: where the name leads to now, there may be the new one.
      reconnectOnError: ({ message }) => message.includes('READONLY'),
      retryStrategy: () => RECONNECT_MS,
      maxRetriesPerRequest: 0,
    })
    // Without a listener the client would write to standard error by itself.
    this.#client.on('error', (error) => onWarning(`Redis: ${error.message}`))
    this.#runner = fromIoredis(this.#client)
  }

  /** Makes the rate of one tenant. */
  readonly rateOf: RateOf = ({ name, rate }) => {
    const { mode } = this.#settings
    const options = {
      redis: this.#runner,
      name: `tenant.${name}`,
      ...ofRate(rate),
      whenUnavailable: whenUnavailable(this.#settings),
      callTimeoutMs: CALL_TIMEOUT_MS,
    }
    if (mode === 'exact') {
      const limiter = new RedisRateLimiter({ ...options, maxWaiting: 0 })
      this.#limiters.push(limiter)
      return new ExactTenantRate(limiter, ofRate(rate))
    }
    const limiter = new LeasedRateLimiter({ ...options, maxWaiting: MAX_WAITING })
    this.#limiters.push(limiter)
    return new LeasedTenantRate(limiter, ofRate(rate))
  }

  /**
   * Connects, and tries what every limiter needs. A Redis that is not there is no fault: what happens then is declared.
   *
   * @throws ConfigError when it refuses: why, and what to do
   */
  async open(onAway: (sentence: string) => void): Promise<void> {
    if (this.#limiters.length === 0) return
    await this.#client.connect().catch(() => {})
    try {
      await Promise.all(this.#limiters.map((limiter) => limiter.check()))
    } catch (error) {
      if (!(error instanceof RedisSetupError)) throw error
      const sentence = `redis: ${error.message.slice(error.message.indexOf(': ') + 2)}`
      if (!error.mayPass) throw new ConfigError([sentence])
      onAway(`${sentence}; until then redis.whenAway decides: ${this.#settings.whenAway}`)
    }
  }

  state(): SharedRatesState {
    const all = this.#limiters.map((limiter) => limiter.stats())
    const sum = (of: (stats: (typeof all)[number]) => number): number =>
      all.reduce((total, stats) => total + of(stats), 0)
    return {
      isAway: all.some(({ redis }) => redis.isDown),
      lastFault: all.find(({ redis }) => redis.lastFault !== undefined)?.redis.lastFault,
      calls: sum(({ redis }) => redis.calls),
      failures: sum(({ redis }) => redis.failures),
      decidedLocally: sum(({ decidedLocally }) => decidedLocally),
      unavailable: sum(({ unavailable }) => unavailable),
    }
  }

  /** Gives back what was borrowed, and lets go of Redis. */
  async close(): Promise<void> {
    await Promise.all(this.#limiters.map((limiter) => limiter.close()))
    this.#client.disconnect()
  }
}

/** Decides from borrowed tokens. */
class LeasedTenantRate implements TenantRate {
  readonly ratePerSecond: number
  readonly burst: number
  readonly #limiter: LeasedRateLimiter

  constructor(limiter: LeasedRateLimiter, { ratePerSecond, burst }: Rate) {
    this.#limiter = limiter
    this.ratePerSecond = ratePerSecond
    this.burst = burst
  }

  enter(): RateVerdict | Promise<RateVerdict> {
    return this.#take(1)
  }

  book(events: number): RateVerdict | Promise<RateVerdict> {
    return this.#take(events)
  }

  #take(cost: number): RateVerdict | Promise<RateVerdict> {
    const verdict = this.#limiter.tryEnter({ cost })
    if (verdict.admitted || verdict.code !== 'ERR_RATE_LIMITED') return verdict
    return verdictOf(this.#limiter.enter({ cost, timeoutMs: LOAN_WAIT_MS }))
  }
}

/** Asks for each decision. */
class ExactTenantRate implements TenantRate {
  readonly ratePerSecond: number
  readonly burst: number
  readonly #limiter: RedisRateLimiter

  constructor(limiter: RedisRateLimiter, { ratePerSecond, burst }: Rate) {
    this.#limiter = limiter
    this.ratePerSecond = ratePerSecond
    this.burst = burst
  }

  enter(): Promise<RateVerdict> {
    return verdictOf(this.#limiter.enter({ timeoutMs: 0 }))
  }

  book(events: number): Promise<RateVerdict> {
    return verdictOf(this.#limiter.enter({ cost: events, timeoutMs: 0 }))
  }
}

type Rate = NonNullable<TenantSettings['rate']>

function ofRate({ ratePerSecond, burst }: Rate): Rate {
  return { ratePerSecond, burst }
}

async function verdictOf(entering: Promise<RateVerdict>): Promise<RateVerdict> {
  try {
    return await entering
  } catch (error) {
    if (!isOverloadError(error)) throw error
    // A wait that nobody promised to end is for the client what the rate itself is.
    const code = error.code === 'ERR_WAIT_TIMEOUT' ? 'ERR_RATE_LIMITED' : error.code
    return refusal(code, error.retryAfterMs)
  }
}

function whenUnavailable({ whenAway, nodes = 1 }: RedisSettings): WhenUnavailable {
  return whenAway === 'local' ? { local: { share: 1 / nodes } } : whenAway
}
