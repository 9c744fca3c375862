/**
 * What a limiter does once it knows the bucket: take tokens or refuse, let callers wait, and count.
 * `RateLimiter` has one bucket, `KeyedRateLimiter` one for each key.
 *
 * Floor 3: imports `clock`, `errors`, `gate`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import type { OverloadCode } from '../errors/overload-codes.ts'
import { OverloadError } from '../errors/overload-error.ts'
import { type EntryListener, handOver, type Waiting } from '../gate/callback-gate.ts'
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

/** What an ask by callback comes to: leave, a refusal, or tokens to wait for; `undefined` when its signal has aborted. */
export type RateClaim = Permit | Refusal | Grant | undefined

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

  /** `enter` by callback, its first half: takes the tokens, or counts why not. `tell` is the other half. */
  claim(lane: Lane, ask: RateAsk): RateClaim {
    if (ask.wait.signal?.aborted) {
      this.#abandoned++
      return undefined
    }
    const boundMs = this.#boundMs(ask)
    const grant = this.#grantWithin(lane, ask, boundMs)
    if (!grant) return this.#refusalToWait(lane, ask, boundMs)
    if (grant.delayMs > 0) return grant
    this.#accepted++
    return this.#permit(lane.bucket, grant)
  }

  /** Tells what the ask came to, at once, or when the time of its tokens has come. */
  tell(claim: RateClaim, { lane, signal }: RateAsker, listener: EntryListener): Waiting | undefined {
    if (!claim) listener.onAborted(signal?.reason)
    else if ('delayMs' in claim) return this.#tellLater(claim, { lane, signal }, listener)
    else if (claim.admitted) handOver(listener, claim)
    else listener.onRefused(claim)
    return undefined
  }

  #tellLater(grant: Grant, { lane, signal }: RateAsker, listener: EntryListener): Waiting {
    const resolve = (): void => handOver(listener, this.#permit(lane.bucket, grant))
    const reject = (reason: unknown): void => listener.onAborted(reason)
    return this.#slots.take({ lane, grant }, { resolve, reject }, signal)
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
    const boundMs = this.#boundMs(ask)
    const grant = this.#grantWithin(lane, ask, boundMs)
    if (!grant) throw this.#refuseToWait(lane, ask, boundMs)
    return grant
  }

  #boundMs({ n, wait }: RateAsk): number {
    checkTokens(this.#owner, n)
    return Math.min(LONGEST_WAIT_MS, waitBoundMs(this.#owner, wait))
  }

  #grantWithin(lane: Lane, { nowMs, n }: RateAsk, boundMs: number): Grant | undefined {
    return lane.bucket.reserve(nowMs, n, this.#slots.isFullFor(lane) ? 0 : boundMs)
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
    const { code, retryAfterMs } = this.#refusalToWait(lane, ask, boundMs)
    return new OverloadError(code, `${this.#owner}: ${reasonOf(code, lane.bucket, ask)}`, { retryAfterMs })
  }

  #refusalToWait(lane: Lane, { nowMs, n }: RateAsk, boundMs: number): Refusal {
    const { bucket } = lane
    if (n > bucket.burst) {
      this.#costExceedsBurst++
      return refusal('ERR_COST_EXCEEDS_BURST')
    }
    const inTimeMs = bucket.delayUntil(nowMs, n, boundMs)
    if (inTimeMs === 0) {
      this.#tooManyWaiting++
      const placeMs = this.#slots.roomAtMs(lane) - this.#clock.nowMs()
      const retryAfterMs = Math.min(Math.max(0, placeMs), bucket.delayUntil(nowMs, n))
      return refusal('ERR_TOO_MANY_WAITING', finite(retryAfterMs))
    }
    this.#rateLimited++
    return refusal('ERR_RATE_LIMITED', finite(inTimeMs))
  }
}

/** Who asked by callback: what it asked of, and the signal that calls it off. */
interface RateAsker {
  readonly lane: Lane
  readonly signal: AbortSignal | undefined
}

function reasonOf(code: OverloadCode, bucket: TokenBucket, { nowMs, n }: RateAsk): string {
  if (code === 'ERR_TOO_MANY_WAITING') return 'as many callers wait for tokens as may wait'
  const asked = `${n} ${n === 1 ? 'token' : 'tokens'}`
  if (code === 'ERR_COST_EXCEEDS_BURST') {
    return `${asked} can never be granted at once, the burst is ${bucket.burst}`
  }
  const delayMs = bucket.delayUntil(nowMs, n)
  const when = delayMs === Number.POSITIVE_INFINITY ? 'never come' : `come in ${delayMs} ms`
  return `${asked} would ${when}, and the caller would not wait so long`
}

/** A refusal says nothing of a time that never comes. */
function finite(delayMs: number): number | undefined {
  return delayMs === Number.POSITIVE_INFINITY ? undefined : delayMs
}
