/**
 * Tries again what failed for want of room: a few times, later and later,
 * not before the time the refuser named, within the caller's time, and only
 * while the budget allows.
 *
 * Retry in one layer only: three layers of three attempts make twenty-seven.
 *
 * Source: full jitter of M. Brooker (see backoff.ts); three attempts and the budget of "Site Reliability
 * Engineering", chapter 21.
 * Floor 3: imports `clock`, `errors`, `options`, `queues`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { isOverloadError } from '../errors/overload-error.ts'
import { OptionError, show } from '../options/option-error.ts'
import {
  aClock,
  aFunction,
  anObjectWith,
  durationMs,
  integerFrom,
  optional,
  type Rule,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'
import { listenForAbort, stopListening } from '../queues/abort-fan.ts'
import { type Backoff, fullJitterBackoff } from './backoff.ts'
import { retryAfterOf } from './retry-after.ts'
import type { RetryBudget } from './retry-budget.ts'

/** What an attempt is told. */
export interface Attempt {
  /** 1 for the first. */
  readonly attempt: number
  /** What is left of `finishWithinMs`, in milliseconds; `Infinity` without one. Pass it on. */
  readonly remainingMs: number
  /** The signal of the options. */
  readonly signal: AbortSignal | undefined
}

/** Options of `retry`. */
export interface RetryCallOptions {
  /** The most attempts, the first included. An integer of at least 1. @defaultValue 3 */
  readonly attempts?: number | undefined
  /** The delay after each failed attempt. @defaultValue full jitter from 100 ms up to 10 s */
  readonly backoff?: Backoff | undefined
  /** Shared by all calls to the same resource. Without one, retries are bounded by `attempts` alone. */
  readonly budget?: RetryBudget | undefined
  /** Gives up, also between attempts. */
  readonly signal?: AbortSignal | undefined
  /** The whole time in milliseconds, from the call. No attempt starts after it. @defaultValue `Infinity` */
  readonly finishWithinMs?: number | undefined
  /** A longer wait than this, in milliseconds, is not begun: the error is thrown. @defaultValue 60000 */
  readonly maxDelayMs?: number | undefined
  /** Whether to try again after `error`. @defaultValue a refusal that is `retryable` */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined
  /** When the refuser said to come back, in milliseconds from now. @defaultValue `error.retryAfterMs` of a refusal */
  readonly retryAfterMs?: ((error: unknown) => number | undefined) | undefined
  /** Told before each wait. */
  readonly onRetry?:
    | ((error: unknown, next: { readonly attempt: number; readonly delayMs: number }) => void)
    | undefined
  /** Where time comes from. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

const aSignal: Rule = {
  expects: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
}

const RULES: Rules<RetryCallOptions> = {
  attempts: optional(integerFrom(1)),
  backoff: optional(aFunction),
  budget: optional(anObjectWith('onRequest', 'tryRetry')),
  signal: optional(aSignal),
  finishWithinMs: optional(durationMs),
  maxDelayMs: optional(durationMs),
  isRetryable: optional(aFunction),
  retryAfterMs: optional(aFunction),
  onRetry: optional(aFunction),
  clock: optional(aClock),
}

/**
 * Runs `work`, and again after a retryable error. After the error of the last attempt, after one whose wait would
 * outlast, or has outlasted, `finishWithinMs`, after one whose wait would outlast `maxDelayMs`, and when the budget is
 * empty, the error is thrown as it is. A clock that steps back adds no time.
 *
 * The delay is what the backoff draws, on top of the time the refuser named: so those refused together don't come
 * back together.
 *
 * @throws whatever the last attempt threw; `signal.reason` when aborted; OptionError for a wrong option
 */
export async function retry<R>(
  work: (attempt: Attempt) => R | PromiseLike<R>,
  given: RetryCallOptions = {},
): Promise<R> {
  const options = resolveOptions('retry', given, RULES, DEFAULTS)
  const { attempts, clock, signal, budget } = options
  const remainingMs = countdown(clock, options.finishWithinMs)
  signal?.throwIfAborted()
  budget?.onRequest()
  for (let attempt = 1; ; attempt++) {
    try {
      return await work({ attempt, remainingMs: remainingMs(), signal })
    } catch (error) {
      signal?.throwIfAborted()
      if (attempt >= attempts || !options.isRetryable(error)) throw error
      const delayMs = (options.retryAfterMs(error) ?? 0) + options.backoff(attempt)
      checkDelay(delayMs)
      signal?.throwIfAborted()
      const isTooLong = delayMs > options.maxDelayMs || delayMs >= remainingMs()
      if (isTooLong || budget?.tryRetry() === false) throw error
      options.onRetry?.(error, { attempt: attempt + 1, delayMs })
      // By one of the functions that were called: a signal tells nobody who begins to listen afterwards.
      signal?.throwIfAborted()
      await pause(clock, delayMs, signal)
      // Between the end of the pause and now there is a moment in which nobody listens.
      signal?.throwIfAborted()
      // Where the event loop was blocked, the pause was longer than asked for.
      if (remainingMs() <= 0) throw error
    }
  }
}

const DEFAULTS = {
  attempts: 3,
  backoff: /* @__PURE__ */ fullJitterBackoff({ baseMs: 100, maxMs: 10_000 }),
  finishWithinMs: Number.POSITIVE_INFINITY,
  maxDelayMs: 60_000,
  isRetryable: (error: unknown): boolean => isOverloadError(error) && error.retryable,
  retryAfterMs: retryAfterOf,
  clock: systemClock,
}

/** What is left of `totalMs`, in milliseconds. Not a `TimeBudget`: `deadline` is a brother of this folder. */
function countdown(clock: Clock, totalMs: number): () => number {
  const startMs = clock.nowMs()
  let passedMs = 0
  return () => {
    passedMs = Math.max(passedMs, clock.nowMs() - startMs)
    return totalMs - passedMs
  }
}

function checkDelay(delayMs: number): void {
  if (delayMs >= 0) return
  throw new OptionError(
    'retry',
    'backoff',
    `backoff and retryAfterMs must add up to at least 0, got ${show(delayMs)}`,
  )
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(delayMs, () => {
      if (listener) stopListening(listener)
      resolve()
    })
    // Shared by all who wait on one signal: a listener for each would be quadratic.
    const listener =
      signal &&
      listenForAbort(signal, (reason) => {
        cancel()
        reject(reason)
      })
  })
}
