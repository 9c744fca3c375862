/**
 * Options of a guarded `fetch`.
 *
 * Floor 5: imports `clock`, `gate`, `options`, `retry`.
 */
import type { Clock } from '../../clock/clock.ts'
import { systemClock } from '../../clock/system-clock.ts'
import type { Ask, AsyncGate } from '../../gate/gate.ts'
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
} from '../../options/rules.ts'
import { type Backoff, fullJitterBackoff } from '../../retry/backoff.ts'
import type { RetryBudget } from '../../retry/retry-budget.ts'

/** Options of `guardedFetch`. All have defaults; give it at least a `gate` or a `budget`. */
export interface GuardedFetchOptions {
  /** What each attempt must pass: an `AdaptiveThrottle`, a `ConcurrencyLimiter`, a composition. @defaultValue none */
  readonly gate?: AsyncGate | undefined
  /** Shared by all calls to one service. @defaultValue none: only `attempts` bounds the retries */
  readonly budget?: RetryBudget | undefined
  /** The most attempts of one call, the first included. An integer of at least 1. @defaultValue 3 */
  readonly attempts?: number | undefined
  /** The delay after each failed attempt. @defaultValue full jitter from 100 ms up to 10 s */
  readonly backoff?: Backoff | undefined
  /** How long one attempt may take until the response begins, in milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined
  /** The whole time of a call until the response begins, in milliseconds, unless the call names its own. @defaultValue 30000 */
  readonly finishWithinMs?: number | undefined
  /** When the server asks for a longer pause than this, in milliseconds, its refusal is the answer. @defaultValue 60000 */
  readonly maxDelayMs?: number | undefined
  /** The header that passes on what is left of `finishWithinMs`; `false`: none. @defaultValue `x-envoy-expected-rq-timeout-ms` */
  readonly budgetHeader?: string | false | undefined
  /** What is kept of the time that is passed on, in milliseconds, for the way back. @defaultValue 0 */
  readonly marginMs?: number | undefined
  /** What sends. @defaultValue the global `fetch` */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Where time comes from. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** What a call may add to the `RequestInit` of `fetch`. */
export interface GuardedInit extends RequestInit, Pick<Ask, 'key' | 'criticality'> {
  /** The whole time of this call in milliseconds, until the response begins. */
  readonly finishWithinMs?: number | undefined
}

const aHeader: Rule = {
  expects: 'the name of a header, or false',
  accepts: (value) =>
    value === false || (typeof value === 'string' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value)),
}

const RULES: Rules<GuardedFetchOptions> = {
  gate: optional(anObjectWith('enter')),
  budget: optional(anObjectWith('onRequest', 'tryRetry')),
  attempts: optional(integerFrom(1)),
  backoff: optional(aFunction),
  timeoutMs: optional(durationMs),
  finishWithinMs: optional(durationMs),
  maxDelayMs: optional(durationMs),
  budgetHeader: optional(aHeader),
  marginMs: optional(durationMs),
  fetch: optional(aFunction),
  clock: optional(aClock),
}

/** Options with their defaults filled in. */
export type ResolvedFetch = ReturnType<typeof resolveFetchOptions>

/** Checks the options. */
export function resolveFetchOptions(given: GuardedFetchOptions): GuardedFetchOptions & {
  readonly attempts: number
  readonly backoff: Backoff
  readonly timeoutMs: number
  readonly finishWithinMs: number
  readonly maxDelayMs: number
  readonly budgetHeader: string | false
  readonly marginMs: number
  readonly clock: Clock
} {
  return resolveOptions('guardedFetch', given, RULES, {
    attempts: 3,
    backoff: fullJitterBackoff({ baseMs: 100, maxMs: 10_000 }),
    timeoutMs: 10_000,
    finishWithinMs: 30_000,
    maxDelayMs: 60_000,
    budgetHeader: 'x-envoy-expected-rq-timeout-ms' as const,
    marginMs: 0,
    clock: systemClock,
  })
}
