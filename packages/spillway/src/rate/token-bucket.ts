/**
 * Token bucket: a steady rate, and bursts above it up to a bound.
 *
 * The bucket starts full. Work takes tokens out, time puts them back. A reservation may take tokens that
 * are not there yet: the bucket is then in debt, and the time to repay it is the delay the caller is told.
 *
 * Pure: it reads no clock, sets no timer and keeps nobody waiting; every method takes the time.
 * `RateLimiter` adds the clock and the waiters.
 *
 * Floor 3: imports `options`.
 * Source: the leaky bucket as a meter, J. Turner, IEEE Comm. Mag. 24(10), 1986; arithmetic and cancel
 * rule as in Go's golang.org/x/time/rate at 2b4e439, with the differences that README.md lists.
 */
import { check, resolveOptions } from '../options/rules.ts'
import { aBucketRate, aBurst, checkTokens, NO_LIMIT } from './rate-rules.ts'

/** What a bucket is made of. */
export interface TokenBucketOptions {
  /** Tokens that flow in each second. `Infinity`: no limit, whatever the burst. 0 or below: nothing flows in. */
  readonly ratePerSecond: number
  /** The most tokens it holds, hence the largest burst and the largest single ask. A whole number of at least 0. */
  readonly burst: number
}

/** Tokens that were taken, and when they may be used. Keep it to give them back with `cancel`. */
export interface Grant {
  /** Milliseconds from the ask until the tokens may be used: 0 at once, `Infinity` never. Whole nanoseconds. */
  readonly delayMs: number
  /** How many tokens were asked for; 0 when there was no limit, for then none are taken. */
  readonly tokens: number
  /** When they may be used, in nanoseconds on the scale of the given times. */
  readonly actAtNs: number
  /** The rate at which they were granted. */
  readonly ratePerSecond: number
  /** How many of them `cancel` has not given back. Only the bucket changes it. */
  heldTokens: number
}

const NS_PER_MS = 1e6
const NS_PER_S = 1e9
/** Multiplied by, where a division would be waited for: `npm run bench -- rate`. */
const S_PER_NS = 1e-9
/** The longest wait, 292 years; what takes longer never comes. */
const FOREVER_NS = 2 ** 63
/** Before every time, and finite, so that no product with it is `NaN`. */
const LONG_AGO_NS = -Number.MAX_VALUE

/**
 * A pure token bucket. Every method costs O(1).
 *
 * Times are milliseconds, taken to the nearest nanosecond; a time before the latest one counts as the
 * latest one. Waits are cut to whole nanoseconds: what is worth less than one is not worth waiting for.
 * A number of milliseconds holds single nanoseconds up to 2^33 (99 days); beyond that times are as
 * coarse as the number that carries them, 4 ns in a year, and every promise still holds.
 */
export class TokenBucket {
  /** Between 0 and `NO_LIMIT`. */
  #ratePerSecond: number
  #burst: number
  /** As of `#lastNs`; below 0 while in debt. */
  #tokens: number
  #lastNs = LONG_AGO_NS
  /** When the latest grant may be used: where the line of reservations ends. */
  #lastEventNs = LONG_AGO_NS

  /**
   * @param options - or a bucket, to make a full one like it
   * @throws OptionError when an option is unknown, missing or out of range
   */
  constructor(options: TokenBucketOptions) {
    const { ratePerSecond, burst } = options instanceof TokenBucket ? options : checked(options)
    this.#ratePerSecond = withinLimits(ratePerSecond)
    this.#burst = burst
    this.#tokens = burst
  }

  /** Tokens that flow in each second: from 0 to `Infinity`. */
  get ratePerSecond(): number {
    return this.#ratePerSecond === NO_LIMIT ? Number.POSITIVE_INFINITY : this.#ratePerSecond
  }

  /** The most tokens it holds. */
  get burst(): number {
    return this.#burst
  }

  /** How many tokens there are at `nowMs`: fractions count, below 0 is debt. Changes nothing. */
  tokens(nowMs: number): number {
    return this.#tokensAt(this.#timeNs(nowMs))
  }

  /** Takes `n` tokens if they are there, and tells whether it did. A refusal changes nothing. */
  allow(nowMs: number, n: number): boolean {
    checkTokens('TokenBucket', n)
    if (this.#ratePerSecond === NO_LIMIT) return true
    const nowNs = this.#timeNs(nowMs)
    const left = this.#tokensAt(nowNs) - n
    if (n > this.#burst || this.#repayNs(left) > 0) return false
    this.#set(nowNs, left)
    this.#lastEventNs = nowNs
    return true
  }

  /**
   * Takes `n` tokens now, to be used after the delay it names: at the end of the line of reservations.
   *
   * @param maxWaitMs - the longest acceptable delay; a delay of exactly that is accepted
   * @returns `undefined` when `n` exceeds the burst or the delay `maxWaitMs`; then nothing has changed
   */
  reserve(nowMs: number, n: number, maxWaitMs: number = Number.POSITIVE_INFINITY): Grant | undefined {
    checkTokens('TokenBucket', n)
    const nowNs = this.#timeNs(nowMs)
    if (this.#ratePerSecond === NO_LIMIT) {
      return { delayMs: 0, tokens: 0, actAtNs: nowNs, ratePerSecond: 0, heldTokens: 0 }
    }
    const left = this.#tokensAt(nowNs) - n
    const waitNs = this.#repayNs(left)
    if (n > this.#burst || !(waitNs <= Math.round(maxWaitMs * NS_PER_MS))) return undefined
    this.#set(nowNs, left)
    this.#lastEventNs = nowNs + waitNs
    return {
      delayMs: waitNs === FOREVER_NS ? Number.POSITIVE_INFINITY : waitNs / NS_PER_MS,
      tokens: n,
      actAtNs: this.#lastEventNs,
      ratePerSecond: this.#ratePerSecond,
      heldTokens: n,
    }
  }

  /**
   * Gives a grant's tokens back, except as many as were reserved after it: those behind it keep their
   * times. Once its time to act has passed nothing comes back. It never gives back more than was taken,
   * however often it is called; called again it gives what it could not give before.
   */
  cancel(nowMs: number, grant: Omit<Grant, 'delayMs'>): void {
    const nowNs = this.#timeNs(nowMs)
    if (this.#ratePerSecond === NO_LIMIT || grant.actAtNs < nowNs) return
    const behindNs = this.#lastEventNs - grant.actAtNs
    // Slots are whole nanoseconds and may miss each other by one: that must not break the line.
    const isLast = Math.abs(behindNs) <= 1
    const reservedAfter = isLast ? 0 : Math.max(0, (behindNs / NS_PER_S) * grant.ratePerSecond)
    const back = grant.heldTokens - reservedAfter
    if (!(back > 0)) return
    grant.heldTokens -= back
    this.#set(nowNs, Math.min(this.#burst, this.#tokensAt(nowNs) + back))
    const beforeNs = grant.actAtNs - waitNsFor(grant.tokens, grant.ratePerSecond)
    if (isLast && beforeNs >= nowNs) this.#lastEventNs = beforeNs
  }

  /** Puts `n` tokens back that were taken for work that never started, as far as there is room for them. */
  giveBack(nowMs: number, n: number): void {
    checkTokens('TokenBucket', n)
    const nowNs = this.#timeNs(nowMs)
    this.#set(nowNs, Math.min(this.#burst, this.#tokensAt(nowNs) + n))
  }

  /**
   * Milliseconds from `nowMs` after which `reserve(…, n, maxWaitMs)` will be granted if nothing else
   * arrives: 0 now, `Infinity` never. Takes nothing. Whoever comes back alone, and adds the delay to
   * `nowMs`, is granted: at any rate, burst, `n` and time.
   */
  delayUntil(nowMs: number, n: number, maxWaitMs: number = 0): number {
    checkTokens('TokenBucket', n)
    if (this.#grants(nowMs, n, maxWaitMs)) return 0
    const fromNs = this.#timeNs(nowMs)
    const waitNs = this.#repayNs(this.#tokensAt(fromNs) - n)
    if (n > this.#burst || waitNs === FOREVER_NS || maxWaitMs < 0) return Number.POSITIVE_INFINITY
    const aheadNs = fromNs - Math.round(nowMs * NS_PER_MS)
    let delayMs = Math.max(0, (aheadNs + waitNs) / NS_PER_MS - maxWaitMs)
    // Rounding, of tokens or of the sum of two times, can leave it a trifle short: the answer is tried out.
    for (let stepMs = 1 / NS_PER_MS; delayMs < Number.POSITIVE_INFINITY; stepMs *= 2) {
      if (this.#grants(nowMs + delayMs, n, maxWaitMs)) break
      delayMs += stepMs
    }
    return delayMs
  }

  /** When it will be full, if nothing is taken: milliseconds on the scale of the given times, `Infinity` for never. */
  get fullAtMs(): number {
    const missing = this.#burst - this.#tokens
    if (missing <= 0) return this.#lastNs / NS_PER_MS
    const waitNs = waitNsFor(missing, this.#ratePerSecond)
    return waitNs === FOREVER_NS ? Number.POSITIVE_INFINITY : (this.#lastNs + waitNs) / NS_PER_MS
  }

  /**
   * Changes the rate from `nowMs` on. Grants keep their times; a debt is repaid at the new rate.
   *
   * @throws OptionError when it is not a number
   */
  setRate(nowMs: number, ratePerSecond: number): void {
    check('TokenBucket', 'ratePerSecond', ratePerSecond, aBucketRate)
    const nowNs = this.#timeNs(nowMs)
    this.#set(nowNs, this.#tokensAt(nowNs))
    this.#ratePerSecond = withinLimits(ratePerSecond)
  }

  /**
   * Changes the burst from `nowMs` on. Raising it adds no tokens; lowering it takes those that no longer fit.
   *
   * @throws OptionError when it is not a whole number of at least 0
   */
  setBurst(nowMs: number, burst: number): void {
    check('TokenBucket', 'burst', burst, aBurst)
    const nowNs = this.#timeNs(nowMs)
    this.#set(nowNs, this.#tokensAt(nowNs))
    this.#burst = burst
  }

  #grants(nowMs: number, n: number, maxWaitMs: number): boolean {
    if (this.#ratePerSecond === NO_LIMIT) return true
    const left = this.#tokensAt(this.#timeNs(nowMs)) - n
    return n <= this.#burst && this.#repayNs(left) <= Math.round(maxWaitMs * NS_PER_MS)
  }

  #timeNs(nowMs: number): number {
    const nowNs = Math.round(nowMs * NS_PER_MS)
    return nowNs > this.#lastNs ? nowNs : this.#lastNs
  }

  #tokensAt(nowNs: number): number {
    const tokens = this.#tokens + (nowNs - this.#lastNs) * S_PER_NS * this.#ratePerSecond
    return tokens < this.#burst ? tokens : this.#burst
  }

  #set(nowNs: number, tokens: number): void {
    this.#lastNs = nowNs
    this.#tokens = tokens
  }

  #repayNs(tokens: number): number {
    return tokens >= 0 ? 0 : waitNsFor(-tokens, this.#ratePerSecond)
  }
}

/** How long it takes for `tokens` to flow in, cut to whole nanoseconds. */
function waitNsFor(tokens: number, ratePerSecond: number): number {
  const waitNs = (tokens / ratePerSecond) * NS_PER_S
  return waitNs < FOREVER_NS ? Math.trunc(waitNs) : FOREVER_NS
}

function withinLimits(ratePerSecond: number): number {
  return Math.min(NO_LIMIT, Math.max(0, ratePerSecond))
}

function checked(options: TokenBucketOptions): TokenBucketOptions {
  const rules = { ratePerSecond: aBucketRate, burst: aBurst }
  return resolveOptions<TokenBucketOptions>('TokenBucket', options, rules)
}
