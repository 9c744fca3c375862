/**
 * AIMD: one more with each success, a tenth less with each drop.
 *
 * It knows nothing of times but a timeout: for a resource that says no
 * clearly, by 429, 503 or a timeout.
 *
 * Source: D. Chiu, R. Jain, Computer Networks 17, 1989; figures of Netflix's `AIMDLimit`.
 * Floor 3: imports `options`.
 */
import {
  durationMs,
  integerFrom,
  numberFrom,
  optional,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'
import { checkBounds } from './learning-options.ts'
import {
  type ConcurrencyLimit,
  isCount,
  isLate,
  type LimitDecision,
  type LimitReason,
  type LimitSample,
} from './limit.ts'

/** Options of `aimd`. */
export interface AimdOptions {
  /** The limit at the start. An integer from `min` to `max`. @defaultValue 20 */
  readonly initial?: number | undefined
  /** The limit is never lower. An integer of at least 1. @defaultValue 1 */
  readonly min?: number | undefined
  /** The limit is never higher. An integer of at least `min`. @defaultValue 200 */
  readonly max?: number | undefined
  /** A drop multiplies the limit by this. From 0.5 to 0.99. @defaultValue 0.9 */
  readonly backoff?: number | undefined
  /** Work that took as long, in milliseconds, counts as dropped however it ended. @defaultValue 5000 */
  readonly timeoutMs?: number | undefined
}

const RULES: Rules<AimdOptions> = {
  initial: optional(integerFrom(1)),
  min: optional(integerFrom(1)),
  max: optional(integerFrom(1)),
  backoff: optional(numberFrom(0.5, 0.99)),
  timeoutMs: optional(durationMs),
}
const DEFAULTS = { initial: 20, min: 1, max: 200, backoff: 0.9, timeoutMs: 5000 }

class AimdLimit implements ConcurrencyLimit {
  readonly #options: Required<{ [K in keyof AimdOptions]: number }>
  #limit: number
  #loweredMs = Number.NEGATIVE_INFINITY

  constructor(options: Required<{ [K in keyof AimdOptions]: number }>) {
    this.#options = options
    this.#limit = options.initial
  }

  get limit(): number {
    return this.#limit
  }

  onSample({ endMs, rttMs, inFlight, dropped }: LimitSample): LimitDecision {
    const { min, max, backoff, timeoutMs } = this.#options
    const isDrop = dropped || isLate(rttMs, timeoutMs)
    const isMeasured = rttMs >= 0 && rttMs < Number.POSITIVE_INFINITY && isCount(inFlight)
    if (!Number.isFinite(endMs) || !(isDrop || isMeasured)) return this.#stay('bad-sample')
    if (isDrop) {
      // What started before the last drop tells of the limit before it: one wave of drops lowers it once.
      if (endMs - rttMs < this.#loweredMs) return this.#stay('gathering')
      this.#limit = Math.max(min, Math.floor(this.#limit * backoff))
      this.#loweredMs = endMs
      return this.#stay('dropped')
    }
    if (2 * inFlight < this.#limit) return this.#stay('application-limited')
    if (this.#limit >= max) return this.#stay('balanced')
    this.#limit++
    return this.#stay('room')
  }

  #stay(reason: LimitReason): LimitDecision {
    return { limit: this.#limit, reason }
  }
}

/**
 * A limit that rises by one with each success while it is in use, and falls by a tenth with each wave of drops.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function aimd(given: AimdOptions = {}): ConcurrencyLimit {
  const options = resolveOptions('aimd', given, RULES, DEFAULTS)
  checkBounds('aimd', options)
  return new AimdLimit(options)
}
