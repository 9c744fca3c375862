/**
 * The `RateLimit` and `RateLimit-Policy` fields: what the quota is, and what
 * is left of it.
 *
 * Source: draft-ietf-httpapi-ratelimit-headers-10, with the syntax of RFC 9651.
 * Floor 4: imports `options`.
 */
import { integerFrom, oneOf, optional, type Rule, type Rules, resolveOptions } from '../options/rules.ts'

/** A quota, as clients are told of it. */
export interface QuotaPolicy {
  /** Its name: printable ASCII. */
  readonly name: string
  /** How much of it there is: requests, bytes, or concurrent requests. An integer from 0 to 999,999,999,999,999. */
  readonly quota: number
  /** The seconds in which it is available. Above 0, at most 999,999,999,999,999; left out where there is no window. */
  readonly windowS?: number | undefined
  /** What is counted. @defaultValue `requests` */
  readonly unit?: 'requests' | 'content-bytes' | 'concurrent-requests' | undefined
}

const aName: Rule = {
  expects: 'a name of printable ASCII',
  accepts: (value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value),
}

/** A structured field holds no larger one: RFC 9651, 3.3.1. */
const MAX_INTEGER = 999_999_999_999_999
const isWindow = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= MAX_INTEGER

const RULES: Rules<QuotaPolicy> = {
  name: aName,
  quota: integerFrom(0, MAX_INTEGER),
  windowS: optional({ expects: `a number of seconds above 0, at most ${MAX_INTEGER}`, accepts: isWindow }),
  unit: optional(oneOf('requests', 'content-bytes', 'concurrent-requests')),
}

/** The two fields of one policy, made once. */
export class RateLimitFields {
  /** The value of `RateLimit-Policy`. */
  readonly policy: string
  /** Whether it bounds what is in flight, and not what comes in. */
  readonly isOfConcurrency: boolean
  readonly #name: string

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(given: QuotaPolicy) {
    const { name, quota, windowS, unit = 'requests' } = resolveOptions<QuotaPolicy>('policy', given, RULES)
    this.#name = `"${name.replace(/["\\]/g, '\\$&')}"`
    const unitPart = unit === 'requests' ? '' : `;qu="${unit}"`
    const windowPart = windowS === undefined ? '' : `;w=${Math.max(1, Math.ceil(windowS))}`
    this.isOfConcurrency = unit === 'concurrent-requests'
    this.policy = `${this.#name};q=${quota}${unitPart}${windowPart}`
  }

  /** The value of `RateLimit` when nothing is left, and more comes in `retryAfterS` seconds. */
  exhausted(retryAfterS: number): string {
    return `${this.#name};r=0;t=${retryAfterS}`
  }
}
