/**
 * What a limiter does once it knows the bucket: take tokens or refuse, let callers wait, and count.
 * `RateLimiter` has one bucket, `KeyedRateLimiter` one for each key.
 *
 * Floor 3: imports `clock`, `errors`, `gate`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { OverloadError } from '../errors/overload-error.ts'
import type { Permit, Refusal } from '../gate/gate.ts'
import { refusal } from '../gate/refusal.ts'
import { type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { checkTokens } from './rate-rules.ts'
import type { RateRefusalCode, RateStats } from './rate-stats.ts'
import { type Lane, TimeSlots, type TimeSlotsOptions } from './time-slots.ts'
import type { Grant, TokenBucket } from './token-bucket.ts'

/** Tokens that are taken already, and when they may be used. */
export interface RateReservation {
  /** Whether the tokens were taken. `false` when they exceed the burst, or their delay the longest wait. */
  readonly ok: boolean
  /** Milliseconds from the call until the work may start: 0 at once, `Infinity` never, or when not `ok`. */
  readonly delayMs: number
  /**
   * The work will not start: gives the tokens back, except as many as were reserved after them. Once the
   * delay has passed nothing comes back. Calling it again does nothing.
   */
  cancel(): void
}

/** What is asked of a bucket, when, and how long the caller would wait. */
export interface RateAsk {
  readonly nowMs: number
  readonly n: number
  readonly wait: WaitOptions
}

/** Longer waits, 146 years, never end: they are refused. */
const LONGEST_WAIT_MS = 2 ** 62 / 1e6

/** Takes, refuses and counts. Every method costs O(1); a wait costs what `TimeSlots` says. */
export class RateDesk {
  readonly #owner: string
  readonly #clock: Clock
  readonly #slots: TimeSlots
  #accepted = 0
  #abandoned = 0
  #cancelled = 0
  #rateLimited = 0
  #costExceedsBurst = 0
  #tooManyWaiting = 0

  /** @param owner - the class that speaks in messages */
  constructor(owner: string, options: TimeSlotsOptions) {
    this.#owner = owner
    this.#clock = options.clock
    this.#slots = new TimeSlots(options)
  }

  stats(): RateStats {
    const accepted = this.#accepted + this.#slots.served
    const abandoned = this.#abandoned + this.#slots.abandoned
    const { waiting } = this.#slots
    const refused = {
      ERR_RATE_LIMITED: this.#rateLimited,
      ERR_COST_EXCEEDS_BURST: this.#costExceedsBurst,
      ERR_TOO_MANY_WAITING: this.#tooManyWaiting,
    }
    const refusals = this.#rateLimited + this.#costExceedsBurst + this.#tooManyWaiting
    const received = accepted + refusals + abandoned + waiting
    return { received, accepted, refused, abandoned, waiting, cancelled: this.#cancelled }
  }

  allow(bucket: TokenBucket, nowMs: number, n: number): boolean {
    checkTokens(this.#owner, n)
    if (bucket.allow(nowMs, n)) {
      this.#accepted++
      return true
    }
    this.#countRefusal(bucket, n)
    return false
  }

  reserve(bucket: TokenBucket, nowMs: number, n: number): RateReservation {
    checkTokens(this.#owner, n)
    const grant = bucket.reserve(nowMs, n)
    if (!grant) {
      this.#countRefusal(bucket, n)
      return { ok: false, delayMs: Number.POSITIVE_INFINITY, cancel() {} }
    }
    this.#accepted++
    let isOpen = true
    const cancel = (): void => {
      if (!isOpen) return
      isOpen = false
      this.#cancelled++
      bucket.cancel(this.#clock.nowMs(), grant)
    }
    return { ok: true, delayMs: grant.delayMs, cancel }
  }

  tryEnter(bucket: TokenBucket, nowMs: number, n: number): Permit | Refusal {
    const grant = bucket.reserve(nowMs, n, 0)
    if (!grant) return refusal(this.#countRefusal(bucket, n), finite(bucket.delayUntil(nowMs, n)))
    this.#accepted++
    return this.#permit(bucket, grant)
  }

  async enter(lane: Lane, ask: RateAsk): Promise<Permit> {
    const grant = this.#take(lane, ask)
    if (grant.delayMs > 0) await this.#slots.wait(lane, grant, ask.wait.signal)
    else this.#accepted++
    return this.#permit(lane.bucket, grant)
  }

  /** Resolves when the tokens may be used. They are taken, or refused, before it returns. Not `async`: one promise each. */
  wait(lane: Lane, ask: RateAsk): Promise<void> {
    try {
      const grant = this.#take(lane, ask)
      if (grant.delayMs > 0) return this.#slots.wait(lane, grant, ask.wait.signal)
      this.#accepted++
      return Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Takes the tokens for a wait that can end in time. */
  #take(lane: Lane, ask: RateAsk): Grant {
    const { signal } = ask.wait
    if (signal?.aborted) {
      this.#abandoned++
      throw signal.reason
    }
    checkTokens(this.#owner, ask.n)
    const boundMs = Math.min(LONGEST_WAIT_MS, waitBoundMs(this.#owner, ask.wait))
    const grant = lane.bucket.reserve(ask.nowMs, ask.n, this.#slots.isFullFor(lane) ? 0 : boundMs)
    if (!grant) throw this.#refuseToWait(lane, ask, boundMs)
    return grant
  }

  #permit(bucket: TokenBucket, grant: Grant): Permit {
    let isOpen = true
    return {
      admitted: true,
      end() {
        isOpen = false
      },
      cancel: () => {
        if (!isOpen) return
        isOpen = false
        this.#cancelled++
        bucket.giveBack(this.#clock.nowMs(), grant.heldTokens)
      },
    }
  }

  #countRefusal(bucket: TokenBucket, n: number): RateRefusalCode {
    if (n > bucket.burst) {
      this.#costExceedsBurst++
      return 'ERR_COST_EXCEEDS_BURST'
    }
    this.#rateLimited++
    return 'ERR_RATE_LIMITED'
  }

  #refuseToWait(lane: Lane, ask: RateAsk, boundMs: number): OverloadError {
    const { bucket } = lane
    const { nowMs, n } = ask
    const asked = `${n} ${n === 1 ? 'token' : 'tokens'}`
    if (n > bucket.burst) {
      this.#costExceedsBurst++
      const message = `${this.#owner}: ${asked} can never be granted at once, the burst is ${bucket.burst}`
      return new OverloadError('ERR_COST_EXCEEDS_BURST', message)
    }
    const inTimeMs = bucket.delayUntil(nowMs, n, boundMs)
    if (inTimeMs === 0) {
      this.#tooManyWaiting++
      const message = `${this.#owner}: as many callers wait for tokens as may wait`
      const placeMs = this.#slots.roomAtMs(lane) - this.#clock.nowMs()
      const retryAfterMs = finite(Math.min(Math.max(0, placeMs), bucket.delayUntil(nowMs, n)))
      return new OverloadError('ERR_TOO_MANY_WAITING', message, { retryAfterMs })
    }
    this.#rateLimited++
    const delayMs = bucket.delayUntil(nowMs, n)
    const when = delayMs === Number.POSITIVE_INFINITY ? 'never come' : `come in ${delayMs} ms`
    const message = `${this.#owner}: ${asked} would ${when}, and the caller would not wait so long`
    return new OverloadError('ERR_RATE_LIMITED', message, { retryAfterMs: finite(inTimeMs) })
  }
}

/** A refusal says nothing of a time that never comes. */
function finite(delayMs: number): number | undefined {
  return delayMs === Number.POSITIVE_INFINITY ? undefined : delayMs
}
