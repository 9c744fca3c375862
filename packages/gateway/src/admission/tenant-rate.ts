/**
 * The rate of one tenant, over all its streams.
 *
 * Where it is kept is its own matter: here, by this gateway alone; a fleet may
 * keep it elsewhere, where an answer takes time.
 *
 * Imports `spillway`, `config`.
 */
import { type Permit, RateLimiter, type Refusal } from 'spillway'
import type { RateSettings } from '../config/stream-settings.ts'

/** Leave, or a refusal. A permit that is cancelled gives its tokens back. */
export type RateVerdict = Permit | Refusal

/** A tenant's rate. */
export interface TenantRate {
  readonly ratePerSecond: number
  /** The most events of one request. */
  readonly burst: number
  /** One token for a request, if there is one now. */
  enter(): RateVerdict | Promise<RateVerdict>
  /** The tokens of a batch's other events: where it can, as debt, so that a batch within the burst is not refused. */
  book(events: number): RateVerdict | Promise<RateVerdict>
}

/** A rate that this gateway keeps by itself. */
export class LocalTenantRate implements TenantRate {
  readonly #limiter: RateLimiter

  constructor({ ratePerSecond, burst }: RateSettings) {
    this.#limiter = new RateLimiter({ ratePerSecond, burst, maxWaiting: 0 })
  }

  get ratePerSecond(): number {
    return this.#limiter.ratePerSecond
  }

  get burst(): number {
    return this.#limiter.burst
  }

  enter(): RateVerdict {
    return this.#limiter.tryEnter()
  }

  book(events: number): RateVerdict {
    return bookDebt(this.#limiter, events)
  }
}

/** Takes tokens out of the future if need be: what comes next waits for them. */
export function bookDebt(limiter: RateLimiter, events: number): RateVerdict {
  const debt = limiter.reserve(events)
  return { admitted: true, end: () => {}, cancel: () => debt.cancel() }
}
