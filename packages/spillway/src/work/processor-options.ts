/**
 * The options of a `Processor`, their rules and their defaults.
 *
 * Floor 4: imports `clock`, `concurrency`, `gate`, `insight`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import type { ConcurrencyLimit } from '../concurrency/limit.ts'
import type { Criticality } from '../gate/criticality.ts'
import type { Diagnosis } from '../insight/diagnosis.ts'
import { PATIENCE_MS } from '../insight/time-bomb.ts'
import { OptionError } from '../options/option-error.ts'
import {
  aClock,
  aFunction,
  anObjectWith,
  durationMs,
  integerOrInfinityFrom,
  oneOf,
  optional,
  type Rule,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'
import type { CapacityOption } from './capacity.ts'
import type { WhenFull } from './intake.ts'
import type { EvictReason } from './ledger.ts'
import type { StartRate } from './pacer.ts'
import type { RetryOptions } from './retries.ts'
import type { Handle } from './workers.ts'

/** How a `Processor` works. `handle`, `capacity`, `whenFull` and `concurrency` have no default: they are decisions. */
export interface ProcessorOptions<T, R = unknown> {
  /** Does the work on one item. It is called synchronously when a worker is free; it may return any thenable. */
  readonly handle: Handle<T, R>
  /**
   * How much may be queued, work in flight not counted: items; items and weight; or `forSeconds(n, { min, max })`, as
   * many items as the workers get through in that time. 0: only what a free worker takes at once.
   */
  readonly capacity: CapacityOption
  /**
   * What happens to a newcomer that finds no place: `block`, it waits, first come first served; `reject`, it is
   * refused; `drop-oldest`, the head of the least critical class is evicted for it; `drop-lowest`, the oldest of the
   * least critical class is evicted, if that is below its own, otherwise it is refused.
   */
  readonly whenFull: WhenFull
  /** How many handlers run at once: an integer of at least 1, or a limit that learns; `Infinity` for no bound. */
  readonly concurrency: number | ConcurrencyLimit
  /** The most callers that wait for a place. @defaultValue 1024 */
  readonly maxWaiting?: number | undefined
  /** An item's weight: a finite number of at least 0. @defaultValue 1 */
  readonly weigh?: ((item: T) => number) | undefined
  /** How important an item is: it orders the queue, the most important first. @defaultValue `critical` for all */
  readonly criticality?: ((item: T) => Criticality) | undefined
  /**
   * Items of one key are worked on one after the other, in order; a retry blocks its key alone. A handler that lost its
   * slot by `handlerTimeoutMs` blocks it no longer. Not with `criticality`.
   */
  readonly orderBy?: ((item: T) => string) | undefined
  /** Items that queued longer than this, in milliseconds, are evicted when their turn comes. @defaultValue `Infinity` */
  readonly maxQueueMs?: number | undefined
  /**
   * The time of one attempt in milliseconds. Past it the handler's signal aborts and the attempt has failed; the slot
   * is freed when the handler settles, at the latest after as long again. @defaultValue `Infinity`
   */
  readonly handlerTimeoutMs?: number | undefined
  /** The rate at which handlers start, retries included: a token bucket. */
  readonly startRate?: StartRate | undefined
  /** With so many items queued newcomers are refused at once, whatever `whenFull` says. @defaultValue `Infinity` */
  readonly shedAboveDepth?: number | undefined
  /** Whether and when a failed item is tried again. @defaultValue one attempt */
  readonly retry?: RetryOptions | undefined
  /** Told of each final failure. Without it, a process warning at most every ten seconds tells. */
  readonly onError?: ((error: unknown, item: T, details: { readonly attempts: number }) => void) | undefined
  /** Told of each accepted item that was removed unworked, and why. */
  readonly onEvict?: ((item: T, reason: EvictReason | 'purged') => void) | undefined
  /**
   * Told why items are dropped: a second after the first refusal or eviction, then at most every ten seconds, and once
   * it is closed and drained.
   */
  readonly onOverload?: ((diagnosis: Diagnosis) => void) | undefined
  /**
   * The longest that anybody waits for an item, in milliseconds: of a `capacity` that holds more work than that, by the
   * measured rate, a process warning tells once, as `timeBomb` does. `Infinity`: nobody waits. @defaultValue 60,000
   */
  readonly patienceMs?: number | undefined
  /** The clock. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
  /** Numbers from 0 up to, not including, 1, for the jitter of retries. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
}

const learns = anObjectWith('onSample')

function isLimit(value: unknown): boolean {
  return learns.accepts(value) && integerOrInfinityFrom(1).accepts(Reflect.get(Object(value), 'limit'))
}

const concurrencyRule: Rule = {
  expects: 'an integer of at least 1, Infinity, or a limit as made by fixed, aimd, vegas or gradient',
  accepts: (value) => integerOrInfinityFrom(1).accepts(value) || isLimit(value),
}

const anything: Rule = { expects: 'given', accepts: () => true }

const RULES: Rules<ProcessorOptions<unknown, unknown>> = {
  handle: aFunction,
  capacity: anything,
  whenFull: oneOf('block', 'reject', 'drop-oldest', 'drop-lowest'),
  concurrency: concurrencyRule,
  maxWaiting: optional(integerOrInfinityFrom(0)),
  weigh: optional(aFunction),
  criticality: optional(aFunction),
  orderBy: optional(aFunction),
  maxQueueMs: optional(durationMs),
  handlerTimeoutMs: optional(durationMs),
  startRate: optional(anything),
  shedAboveDepth: optional(integerOrInfinityFrom(0)),
  retry: optional(anything),
  onError: optional(aFunction),
  onEvict: optional(aFunction),
  onOverload: optional(aFunction),
  patienceMs: optional(durationMs),
  clock: optional(aClock),
  random: optional(aFunction),
}

const DEFAULTS = {
  maxWaiting: 1024,
  maxQueueMs: Number.POSITIVE_INFINITY,
  handlerTimeoutMs: Number.POSITIVE_INFINITY,
  shedAboveDepth: Number.POSITIVE_INFINITY,
  patienceMs: PATIENCE_MS,
  clock: systemClock,
  random: Math.random,
}

/** Options with their defaults filled in. */
export interface ResolvedProcessorOptions<T, R> extends ProcessorOptions<T, R> {
  readonly maxWaiting: number
  readonly maxQueueMs: number
  readonly handlerTimeoutMs: number
  readonly shedAboveDepth: number
  readonly patienceMs: number
  readonly clock: Clock
  readonly random: () => number
}

/** Checks the options of a `Processor`. */
export function resolveProcessorOptions<T, R>(given: ProcessorOptions<T, R>): ResolvedProcessorOptions<T, R> {
  const options = resolveOptions('Processor', given, RULES, DEFAULTS)
  if (options.orderBy && options.criticality) {
    throw new OptionError(
      'Processor',
      'orderBy',
      'options "orderBy" and "criticality" exclude each other: one key\'s order would be broken by importance',
    )
  }
  if (options.whenFull === 'drop-lowest' && !options.criticality) {
    throw new OptionError(
      'Processor',
      'whenFull',
      'option "whenFull" is "drop-lowest", which needs "criticality" to tell what is lowest',
    )
  }
  return options
}
