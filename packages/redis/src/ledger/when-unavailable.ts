/**
 * What a limiter answers while Redis is away: a choice without a default,
 * for none is right for everybody. A limit that guards money must refuse, one
 * that guards a page may allow, and a share of one's own is the middle.
 */
import { type Clock, KeyedRateLimiter, OptionError, RateLimiter } from 'spillway'
import { type Rule, show } from '../options/read-options.ts'

/** This node decides alone, for its own share of the quota. */
export interface LocalShare {
  /** The part of rate and burst that this node may use alone, above 0 and at most 1: `1 / nodes` keeps the quota. */
  readonly share: number
  /**
   * The most keys remembered meanwhile, where the limit has keys.
   * @defaultValue 10_000
   */
  readonly maxKeys?: number
}

/**
 * `refuse`: nobody passes, with `ERR_LIMIT_UNAVAILABLE`, a 503. `allow`: everybody passes, unlimited.
 * `{ local: { share } }`: a local limiter decides, for this node's share.
 */
export type WhenUnavailable = 'refuse' | 'allow' | { readonly local: LocalShare }

/** The rule of the option. */
export const aWhenUnavailable: Rule = {
  expects: '"refuse", "allow" or { local: { share } }: decide what happens while Redis is away',
  accepts: (value) =>
    value === 'refuse' ||
    value === 'allow' ||
    (typeof value === 'object' && value !== null && 'local' in value),
}

const MOST_KEYS = 10_000

/** The quota of which a node has a share. */
export interface SharedQuota {
  readonly ratePerSecond: number
  readonly burst: number
  readonly whenUnavailable: WhenUnavailable
  readonly clock: Clock
}

/** The limiter that decides while Redis is away, when one was chosen. */
export function localLimiter(owner: string, quota: SharedQuota): RateLimiter | undefined {
  const share = localShareOf(owner, quota.whenUnavailable)
  return share && new RateLimiter({ ...sliceOf(quota, share), clock: quota.clock })
}

/** The same, for each key. */
export function localKeyedLimiter(owner: string, quota: SharedQuota): KeyedRateLimiter | undefined {
  const share = localShareOf(owner, quota.whenUnavailable)
  if (!share) return undefined
  return new KeyedRateLimiter({ ...sliceOf(quota, share), maxKeys: share.maxKeys, clock: quota.clock })
}

function sliceOf({ ratePerSecond, burst }: SharedQuota, { share }: LocalShare) {
  return { ratePerSecond: ratePerSecond * share, burst: Math.max(1, Math.floor(burst * share)) }
}

/**
 * The local share that was chosen, if one was, with its default.
 *
 * @throws OptionError when the share is no part of a whole, or an option is unknown
 */
function localShareOf(owner: string, choice: WhenUnavailable): Required<LocalShare> | undefined {
  if (typeof choice === 'string') return undefined
  const given: unknown = choice.local
  const option = 'whenUnavailable'
  if (typeof given !== 'object' || given === null) {
    throw new OptionError(owner, option, `option "${option}.local" must be an object, got ${show(given)}`)
  }
  const { share, maxKeys = MOST_KEYS, ...rest } = choice.local
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) {
    throw new OptionError(
      owner,
      option,
      `unknown option "${option}.local.${unknown}"; it knows share, maxKeys`,
    )
  }
  if (!(share > 0 && share <= 1)) {
    const expects = 'a number above 0 and at most 1'
    throw new OptionError(
      owner,
      option,
      `option "${option}.local.share" must be ${expects}, got ${show(share)}`,
    )
  }
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
    const expects = 'an integer of at least 1'
    throw new OptionError(
      owner,
      option,
      `option "${option}.local.maxKeys" must be ${expects}, got ${show(maxKeys)}`,
    )
  }
  return { share, maxKeys }
}
