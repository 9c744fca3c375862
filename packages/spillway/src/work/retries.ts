/**
 * Jobs between two attempts. They hold their place in the queue, so that a
 * failing consumer pushes back, but no worker.
 *
 * Floor 4: imports `clock`, `errors`, `options`, `queues`, `retry`.
 */
import type { Clock } from '../clock/clock.ts'
import { isOverloadError } from '../errors/overload-error.ts'
import {
  aFunction,
  integerFrom,
  numberFrom,
  optional,
  positive,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'
import { Deadlines } from '../queues/deadlines.ts'
import { LinkedList } from '../queues/linked-list.ts'
import { type Backoff, fullJitterBackoff } from '../retry/backoff.ts'
import { retryAfterOf } from '../retry/retry-after.ts'
import type { Job } from './job.ts'

/** When and how often a failed item is tried again. */
export interface RetryOptions {
  /** Attempts in all, the first included. An integer of at least 1. */
  readonly attempts: number
  /** The longest delay after the first attempt, in milliseconds; it doubles with each attempt. Full jitter. @defaultValue 100 */
  readonly baseMs?: number | undefined
  /**
   * No delay is longer, in milliseconds: finite, at least 0. A refusal's `retryAfterMs` comes on top of it, and one of
   * `Infinity` ends the attempts. @defaultValue 30,000
   */
  readonly maxMs?: number | undefined
  /** Whether this error is worth another attempt. By default every one is, but for refusals that are not retryable. */
  readonly retryIf?: ((error: unknown) => boolean) | undefined
}

const RULES: Rules<RetryOptions> = {
  attempts: integerFrom(1),
  baseMs: optional(positive),
  maxMs: optional(numberFrom(0)),
  retryIf: optional(aFunction),
}

const worthRetrying = (error: unknown): boolean => !isOverloadError(error) || error.retryable

/** Decides on another attempt, and keeps those who wait for it. */
export class Retries<T, R> {
  readonly #clock: Clock
  readonly #attempts: number
  readonly #backoff: Backoff
  readonly #retryIf: (error: unknown) => boolean
  readonly #due: (job: Job<T, R>) => void
  readonly #deadlines: Deadlines<Job<T, R>>
  readonly #waiting = new LinkedList<Job<T, R>>()

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(
    owner: string,
    given: RetryOptions,
    edge: { readonly clock: Clock; readonly random: () => number; readonly due: (job: Job<T, R>) => void },
  ) {
    const defaults = { baseMs: 100, maxMs: 30_000, retryIf: worthRetrying }
    const options = resolveOptions(`${owner} retry`, given, RULES, defaults)
    this.#clock = edge.clock
    this.#due = edge.due
    this.#attempts = options.attempts
    this.#retryIf = options.retryIf
    this.#backoff = fullJitterBackoff({ baseMs: options.baseMs, maxMs: options.maxMs, random: edge.random })
    this.#deadlines = new Deadlines(edge.clock)
  }

  /** Those that wait for their next attempt now. */
  waiting(): readonly Job<T, R>[] {
    const jobs: Job<T, R>[] = []
    for (let job = this.#waiting.head; job; job = job.next) jobs.push(job)
    return jobs
  }

  /** Whether a job that failed with `error` should be tried again. */
  allows(job: Job<T, R>, error: unknown): boolean {
    if (job.aborted || job.attempts >= this.#attempts) return false
    // `retryIf` is the user's, and may call off the very job that it is asked about.
    return askedMs(error) !== Number.POSITIVE_INFINITY && this.#retryIf(error) && !job.aborted
  }

  /** The delay of its next attempt, in milliseconds, drawn anew each time; throws what `random` throws. */
  backoffMs(job: Job<T, R>): number {
    return this.#backoff(job.attempts)
  }

  /** Keeps the job until its next attempt is due. */
  schedule(job: Job<T, R>, error: unknown, backoffMs: number | undefined): void {
    // A `random` that gives no number must not lose the job: a deadline that is no time never comes.
    const drawnMs = Number.isFinite(backoffMs) ? Math.max(0, backoffMs ?? 0) : 0
    job.atMs = this.#clock.nowMs() + askedMs(error) + drawnMs
    job.whenDue = this.#onDue
    this.#waiting.pushBack(job)
    this.#deadlines.add(job)
  }

  /** Forgets a job; whether it was waiting for its next attempt. */
  remove(job: Job<T, R>): boolean {
    return this.#waiting.remove(job) && this.#deadlines.remove(job)
  }

  readonly #onDue = (job: Job<T, R>): void => {
    this.#waiting.remove(job)
    this.#due(job)
  }
}

/** How long the thing below asks to wait, on top of which the backoff keeps apart those that were refused together. */
function askedMs(error: unknown): number {
  const retryAfterMs = retryAfterOf(error) ?? 0
  return retryAfterMs > 0 ? retryAfterMs : 0
}
