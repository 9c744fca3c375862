/**
 * The workers of a queue: they start handlers, watch their time, and free
 * their slots.
 *
 * A handler past its timeout has its signal aborted and has failed; it keeps
 * its slot until it settles, for as long again at most. Then the slot is
 * freed, and the straggler counted until it settles.
 *
 * Floor 4: imports `clock`, `concurrency`, `gate`, `queues`.
 */
import type { Clock } from '../clock/clock.ts'
import type { ConcurrencyLimit } from '../concurrency/limit.ts'
import { outcomeOf, type Settled } from '../gate/outcome.ts'
import { Deadlines } from '../queues/deadlines.ts'
import { Attempt, type Overseer, type PromiseCallbacks } from './attempt.ts'
import { HandlerContext } from './handler-context.ts'
import type { Job } from './job.ts'
import type { Observation } from './observation.ts'

/** Does the work on one item. May answer with a value, a promise or any thenable, or throw. */
export type Handle<T, R> = (item: T, context: HandlerContext) => R | PromiseLike<R>

/** What the workers stand on, and whom they tell. */
export interface WorkersOptions<T, R> {
  readonly clock: Clock
  readonly handle: Handle<T, R>
  readonly limit: ConcurrencyLimit
  /** Whether the limit wants samples; a fixed one does not. */
  readonly learns: boolean
  readonly handlerTimeoutMs: number
  /** Where it is counted how many work now. */
  readonly ledger: { inFlight: number }
  readonly observation: Observation
  /** A job has left its slot, with a result. Nothing here refers to it any more. */
  readonly succeeded: (job: Job<T, R>, result: R) => void
  /** A job has left its slot, with an error. */
  readonly failed: (job: Job<T, R>, error: unknown) => void
  /** A straggler has settled. */
  readonly straggled: () => void
  /** A service time was measured. */
  readonly measured?: (nowMs: number) => void
  /** The limit threw. */
  readonly limitFailed: (error: unknown) => void
}

/** Slots for handlers. */
export class Workers<T, R> implements Overseer<Job<T, R>, R> {
  readonly #options: WorkersOptions<T, R>
  readonly #handle: Handle<T, R>
  readonly #limit: ConcurrencyLimit
  readonly #ledger: { inFlight: number }
  readonly #observation: Observation
  readonly #timeouts: Deadlines<Attempt<Job<T, R>, R>>
  /** Whether attempts have a timeout. */
  readonly #timed: boolean
  /** Those of handlers that lost their slot and have not settled yet. */
  readonly #stragglers = new Set<HandlerContext>()

  constructor(options: WorkersOptions<T, R>) {
    const { clock, observation } = options
    this.#options = options
    this.#handle = options.handle
    this.#limit = options.limit
    this.#ledger = options.ledger
    this.#observation = observation
    // By the time in which starts are noted: it goes on where the clock was set back.
    this.#timeouts = new Deadlines({
      nowMs: () => observation.exactMs(),
      schedule: (delayMs, callback) => clock.schedule(delayMs, callback),
    })
    this.#timed = options.handlerTimeoutMs !== Number.POSITIVE_INFINITY
  }

  /** How many may work at once now. */
  get limit(): number {
    return this.#limit.limit
  }

  /** Handlers that lost their slot and have not settled yet. */
  get stragglers(): number {
    return this.#stragglers.size
  }

  /** Whether so many handlers overstay that no new work is taken. */
  get overstayed(): boolean {
    return this.#stragglers.size > 0 && this.#stragglers.size >= this.limit
  }

  /** Whether one more may start. */
  get free(): boolean {
    return this.#ledger.inFlight < this.limit && !this.overstayed
  }

  /** Starts the handler of one job, now. */
  start(job: Job<T, R>): void {
    job.attempt ??= new Attempt(job, this)
    const { attempt } = job
    const context = new HandlerContext(++job.attempts)
    attempt.context = context
    this.#begin(attempt)
    let value: R
    try {
      const answer = this.#handle(job.item, context)
      if (isThenable(answer)) {
        this.#follow(attempt, context, answer)
        return
      }
      value = answer
    } catch (error) {
      this.#settled(attempt, context, { ok: false, error })
      return
    }
    this.#settled(attempt, context, { ok: true, value })
  }

  /** For the attempt: its time is up. */
  overdue(attempt: Attempt<Job<T, R>, R>): void {
    const { handlerTimeoutMs } = this.#options
    const { context } = attempt
    if (!attempt.timedOut) {
      attempt.timedOut = true
      this.#watch(attempt, attempt.atMs + handlerTimeoutMs)
      context?.abort(timeoutError(handlerTimeoutMs))
      return
    }
    if (context) this.#stragglers.add(context)
    this.#leave(attempt, tookTooLong(handlerTimeoutMs))
  }

  /**
   * A promise of the language settles once, and without a timeout no attempt outlives its slot: then the callbacks can
   * belong to the attempt, and be used again with it. `npm run bench -- tasks` shows that it pays.
   */
  #follow(attempt: Attempt<Job<T, R>, R>, context: HandlerContext, answer: PromiseLike<R>): void {
    if (this.#timed || !(answer instanceof Promise) || answer.constructor !== Promise) {
      answer.then(
        (value) => this.#settled(attempt, context, { ok: true, value }),
        (error: unknown) => this.#settled(attempt, context, { ok: false, error }),
      )
      return
    }
    attempt.callbacks ??= this.#callbacksOf(attempt)
    answer.then(attempt.callbacks.onValue, attempt.callbacks.onError)
  }

  #callbacksOf(attempt: Attempt<Job<T, R>, R>): PromiseCallbacks<R> {
    return {
      onValue: (value) => {
        this.#leaveSlot(attempt, undefined)
        this.#options.succeeded(attempt.job, value)
      },
      onError: (error) => this.#leave(attempt, { ok: false, error }),
    }
  }

  #begin(attempt: Attempt<Job<T, R>, R>): void {
    const observation = this.#observation
    const { job } = attempt
    attempt.inFlightAtStart = ++this.#ledger.inFlight
    if (attempt.inFlightAtStart === 1) observation.service.stirred()
    if (job.measured) {
      attempt.startedMs = observation.exactMs()
      observation.sojourn.record(attempt.startedMs - job.queuedMs, attempt.startedMs)
      observation.bins.started(attempt.startedMs)
    } else {
      observation.started()
    }
    if (!this.#timed) return
    const startedMs = job.measured ? attempt.startedMs : observation.exactMs()
    attempt.timedOut = false
    this.#watch(attempt, startedMs + this.#options.handlerTimeoutMs)
  }

  #watch(attempt: Attempt<Job<T, R>, R>, atMs: number): void {
    attempt.atMs = atMs
    this.#timeouts.add(attempt)
  }

  #settled(attempt: Attempt<Job<T, R>, R>, context: HandlerContext, end: Settled<R>): void {
    if (attempt.context !== context) {
      // Its slot was freed long ago: what it answers no longer counts. Nor does a second answer to one attempt.
      if (this.#stragglers.delete(context)) this.#options.straggled()
      return
    }
    if (attempt.heapIndex >= 0) this.#timeouts.remove(attempt)
    this.#leave(attempt, attempt.timedOut ? tookTooLong(this.#options.handlerTimeoutMs) : end)
  }

  #leave(attempt: Attempt<Job<T, R>, R>, end: Settled<R>): void {
    this.#leaveSlot(attempt, end)
    if (end.ok) this.#options.succeeded(attempt.job, end.value)
    else this.#options.failed(attempt.job, end.error)
  }

  /**
   * Frees the slot first, so that nothing that follows can leak it.
   *
   * @param end - how the attempt ended; a success where it is left out
   */
  #leaveSlot(attempt: Attempt<Job<T, R>, R>, end: Settled<R> | undefined): void {
    const observation = this.#observation
    this.#ledger.inFlight--
    attempt.context = undefined
    observation.service.stirred()
    if (!attempt.job.measured) {
      observation.ended()
      return
    }
    const nowMs = observation.exactMs()
    const serviceMs = nowMs - attempt.startedMs
    observation.bins.completed(nowMs, serviceMs, attempt.job.size)
    if (observation.served(serviceMs, nowMs)) this.#options.measured?.(nowMs)
    if (this.#options.learns) this.#teach(attempt, nowMs, end)
  }

  #teach(attempt: Attempt<Job<T, R>, R>, endMs: number, end: Settled<R> | undefined): void {
    const outcome = end ? outcomeOf(end) : 'success'
    if (outcome === 'ignored') return
    try {
      this.#limit.onSample({
        endMs,
        rttMs: endMs - attempt.startedMs,
        inFlight: attempt.inFlightAtStart,
        dropped: outcome === 'failure',
      })
    } catch (cause) {
      this.#options.limitFailed(cause)
    }
  }
}

function isThenable<R>(value: R | PromiseLike<R>): value is PromiseLike<R> {
  if (value instanceof Promise) return true
  const canHaveThen = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return canHaveThen && 'then' in value && typeof value.then === 'function'
}

function tookTooLong(timeoutMs: number): { readonly ok: false; readonly error: DOMException } {
  return { ok: false, error: timeoutError(timeoutMs) }
}

function timeoutError(timeoutMs: number): DOMException {
  return new DOMException(`the handler took longer than handlerTimeoutMs (${timeoutMs} ms)`, 'TimeoutError')
}
