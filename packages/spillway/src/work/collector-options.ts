/**
 * The options of a `Collector`, their rules and their defaults.
 *
 * Floor 4: imports `clock`, `gate`, `insight`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import type { Criticality } from '../gate/criticality.ts'
import type { Diagnosis } from '../insight/diagnosis.ts'
import { PATIENCE_MS } from '../insight/time-bomb.ts'
import { OptionError } from '../options/option-error.ts'
import {
  aClock,
  aFunction,
  durationMs,
  integerFrom,
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
import type { RetryOptions } from './retries.ts'
import type { Handle } from './workers.ts'

/** When a batch is flushed: whichever comes first. */
export interface BatchOptions {
  /** As soon as so many items are queued, or the queue is full; no batch is larger. An integer of at least 1. */
  readonly size: number
  /** As soon as the oldest item has been queued for so long, in milliseconds. At least 0; `Infinity`: never for that. */
  readonly intervalMs: number
}

/** How a `Collector` works. `flush`, `capacity`, `whenFull` and `batch` have no default: they are decisions. */
export interface CollectorOptions<T> {
  /** Takes one batch away. It may return any thenable, or throw. */
  readonly flush: Handle<readonly T[], unknown>
  /** How much may be queued, the batch in flight not counted: items (at least 1), items and weight, or `forSeconds`. */
  readonly capacity: CapacityOption
  /** What `record` does without room: refuse the newcomer, or evict the oldest or the least critical for it. */
  readonly whenFull: Exclude<WhenFull, 'block'>
  /** When a batch is flushed. */
  readonly batch: BatchOptions
  /** The most callers of `recordOrWait` that wait for a place. @defaultValue 1024 */
  readonly maxWaiting?: number | undefined
  /** An item's weight: a finite number of at least 0. @defaultValue 1 */
  readonly weigh?: ((item: T) => number) | undefined
  /** How important an item is: the most important are flushed first. @defaultValue `critical` for all */
  readonly criticality?: ((item: T) => Criticality) | undefined
  /** The time of one attempt in milliseconds, as a Processor's `handlerTimeoutMs`. @defaultValue `Infinity` */
  readonly flushTimeoutMs?: number | undefined
  /** Whether and when a failed flush is tried again. @defaultValue one attempt */
  readonly retry?: RetryOptions | undefined
  /** Told of each batch that failed for good. Without it, a process warning at most every ten seconds tells. */
  readonly onError?:
    | ((error: unknown, items: readonly T[], details: { readonly attempts: number }) => void)
    | undefined
  /** Told of each accepted item that was removed unflushed, and why. */
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

/** Options with their defaults filled in. */
export interface ResolvedCollectorOptions<T> extends CollectorOptions<T> {
  readonly maxWaiting: number
  readonly flushTimeoutMs: number
  readonly patienceMs: number
  readonly clock: Clock
  readonly random: () => number
}

const anything: Rule = { expects: 'given', accepts: () => true }

const RULES: Rules<CollectorOptions<unknown>> = {
  flush: aFunction,
  capacity: anything,
  whenFull: oneOf('reject', 'drop-oldest', 'drop-lowest'),
  batch: anything,
  maxWaiting: optional(integerOrInfinityFrom(0)),
  weigh: optional(aFunction),
  criticality: optional(aFunction),
  flushTimeoutMs: optional(durationMs),
  retry: optional(anything),
  onError: optional(aFunction),
  onEvict: optional(aFunction),
  onOverload: optional(aFunction),
  patienceMs: optional(durationMs),
  clock: optional(aClock),
  random: optional(aFunction),
}

const BATCH_RULES: Rules<BatchOptions> = { size: integerFrom(1), intervalMs: durationMs }

const DEFAULTS = {
  maxWaiting: 1024,
  flushTimeoutMs: Number.POSITIVE_INFINITY,
  patienceMs: PATIENCE_MS,
  clock: systemClock,
  random: Math.random,
}

/** Checks the options of a `Collector`. */
export function resolveCollectorOptions<T>(given: CollectorOptions<T>): ResolvedCollectorOptions<T> {
  const options = resolveOptions('Collector', given, RULES, DEFAULTS)
  const batch = resolveOptions('Collector batch', options.batch, BATCH_RULES)
  if (options.whenFull === 'drop-lowest' && !options.criticality) {
    const problem = 'option "whenFull" is "drop-lowest", which needs "criticality" to tell what is lowest'
    throw new OptionError('Collector', 'whenFull', problem)
  }
  return { ...options, batch }
}
