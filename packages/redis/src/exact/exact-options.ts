/**
 * The options of an exact limit for a fleet.
 */
import { type Clock, systemClock } from 'spillway'
import type { ScriptRunner } from '../connection/script-runner.ts'
import { aWhenUnavailable, type WhenUnavailable } from '../ledger/when-unavailable.ts'
import {
  aBurst,
  aClock,
  aName,
  aRate,
  aRunner,
  aText,
  integerFrom,
  positive,
  readOptions,
} from '../options/read-options.ts'

/** What an exact limit for a fleet is made of. */
export interface RedisRateLimiterOptions {
  /** The client: `fromIoredis(client)` or `fromNodeRedis(client)`, its offline queue off. It stays yours to close. */
  readonly redis: ScriptRunner
  /**
   * The name of the limit, 1 to 200 characters without a colon: all limiters with it, in whatever process, share one quota for each
   * key, and must have the same rate and burst.
   */
  readonly name: string
  /** Tokens that flow to each key in a second, from 1e-6 to 1e12. */
  readonly ratePerSecond: number
  /** The most tokens a key saves up, hence its largest burst and its largest single ask. A whole number of at least 1. */
  readonly burst: number
  /** What is answered while Redis is away: `'refuse'`, `'allow'`, or `{ local: { share } }`. */
  readonly whenUnavailable: WhenUnavailable
  /**
   * The longest wait for an answer of Redis, in milliseconds.
   * @defaultValue 50
   */
  readonly callTimeoutMs?: number
  /**
   * The most calls that the client has not let go of; the next ask finds Redis away.
   * @defaultValue 1024
   */
  readonly maxInFlight?: number
  /**
   * The most callers of this process who may wait for a slot; the next one is admitted at once or refused.
   * @defaultValue 1024
   */
  readonly maxWaiting?: number
  /**
   * Begins every key in Redis.
   * @defaultValue 'spillway:'
   */
  readonly prefix?: string
  /**
   * Times the waits of this process; the limit itself goes by the server's time.
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock
}

/** @throws OptionError when an option is unknown, missing or out of range */
export function readExactOptions(
  owner: string,
  given: RedisRateLimiterOptions,
): Required<RedisRateLimiterOptions> {
  const rules = {
    redis: aRunner,
    name: aName,
    ratePerSecond: aRate,
    burst: aBurst,
    whenUnavailable: aWhenUnavailable,
    callTimeoutMs: positive,
    maxInFlight: integerFrom(1),
    maxWaiting: integerFrom(0),
    prefix: aText,
    clock: aClock,
  }
  const defaults = {
    callTimeoutMs: 50,
    maxInFlight: 1024,
    maxWaiting: 1024,
    prefix: 'spillway:',
    clock: systemClock,
  }
  return readOptions<RedisRateLimiterOptions>(owner, given, { rules, defaults })
}
