/**
 * The options of a leased limit for a fleet.
 */
import { randomUUID } from 'node:crypto'
import { type Clock, OptionError, systemClock } from 'spillway'
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

/** What a leased limit for a fleet is made of. */
export interface LeasedRateLimiterOptions {
  /** The client: `fromIoredis(client)` or `fromNodeRedis(client)`, its offline queue off. It stays yours to close. */
  readonly redis: ScriptRunner
  /** The name of the quota, 1 to 200 characters without a colon: all nodes with it share one, and must have the same rate and burst. */
  readonly name: string
  /** Tokens that flow to the whole fleet in a second. */
  readonly ratePerSecond: number
  /**
   * The most tokens saved up by the whole fleet, hence its largest burst. A whole number, at least the quota of one
   * lease time, `ratePerSecond × leaseMs / 1000`: less would run over while it is lent.
   */
  readonly burst: number
  /** What is answered while Redis is away and the lease is used up: `'refuse'`, `'allow'`, or `{ local: { share } }`. */
  readonly whenUnavailable: WhenUnavailable
  /**
   * How long a node may use what it was lent, in milliseconds: after this time what a dead node held is back. In this
   * time the quota must give at least one token.
   * @defaultValue 250
   */
  readonly leaseMs?: number
  /**
   * This node among the others, 1 to 200 characters without a colon; no two may have the same.
   * @defaultValue a random name
   */
  readonly node?: string
  /**
   * The longest wait for an answer of Redis, in milliseconds.
   * @defaultValue 50
   */
  readonly callTimeoutMs?: number
  /**
   * The most callers in `enter` who wait; the next one is refused.
   * @defaultValue 1024
   */
  readonly maxWaiting?: number
  /**
   * Begins the key in Redis.
   * @defaultValue 'spillway:'
   */
  readonly prefix?: string
  /** @defaultValue `systemClock` */
  readonly clock?: Clock
}

/** @throws OptionError when an option is unknown, missing or out of range */
export function readLeaseOptions(
  owner: string,
  given: LeasedRateLimiterOptions,
): Required<LeasedRateLimiterOptions> {
  const rules = {
    redis: aRunner,
    name: aName,
    ratePerSecond: aRate,
    burst: aBurst,
    whenUnavailable: aWhenUnavailable,
    leaseMs: positive,
    node: aName,
    callTimeoutMs: positive,
    maxWaiting: integerFrom(0),
    prefix: aText,
    clock: aClock,
  }
  const defaults = {
    node: randomUUID(),
    leaseMs: 250,
    callTimeoutMs: 50,
    maxWaiting: 1024,
    prefix: 'spillway:',
    clock: systemClock,
  }
  const options = readOptions<LeasedRateLimiterOptions>(owner, given, { rules, defaults })
  checkLease(owner, options)
  return options
}

/** What the numbers must be to each other. */
function checkLease(owner: string, options: Required<LeasedRateLimiterOptions>): void {
  const { ratePerSecond, burst, leaseMs } = options
  const perLease = (ratePerSecond * leaseMs) / 1000
  if (perLease < 1) {
    const least = Math.ceil(1000 / ratePerSecond)
    const remedy =
      'so that a lease is worth a token; for so slow a quota RedisRateLimiter is the better choice'
    const problem = `option "leaseMs" must be at least ${least} at ${ratePerSecond} tokens a second, ${remedy}`
    throw new OptionError(owner, 'leaseMs', `${problem}; got ${leaseMs}`)
  }
  if (burst < perLease) {
    const problem = `option "burst" must be at least ${Math.ceil(perLease)}, the quota of one lease time, got ${burst}`
    const longest = Math.floor((burst * 1000) / ratePerSecond)
    throw new OptionError(
      owner,
      'burst',
      `${problem}; for a smaller burst set "leaseMs" to at most ${longest}`,
    )
  }
}
