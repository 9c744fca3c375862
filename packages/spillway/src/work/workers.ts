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
import { HandlerContext } from './handler-context.ts'
import type { Job, PromiseCallbacks } from './job.ts'
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
  /** A job has left its slot, with a result. */
  readonly succeeded: (job: Job<T, R>, result: R) => void
  /** A job has left its slot, with an error. */
  readonly failed: (job: Job<T, R>, error: unknown) => void
  /** Nothing refers to a job any more that has succeeded. */
  readonly over: (job: Job<T, R>) => void
  /** A straggler has settled. */
  readonly straggled: () => void
  /** A service time was measured. */
  readonly measured?: (nowMs: number) => void
  /** The limit threw. */
  readonly limitFailed: (error: unknown) => void
}

/** Slots for handlers. */
export class Workers<T, R> {
  readonly #options: WorkersOptions<T, R>
  readonly #ledger: { inFlight: number }
  readonly #observation: Observation
  readonly #timeouts: Deadlines<Job<T, R>>
  /** Whether attempts have a timeout. */
  readonly #timed: boolean
  #stragglers = 0

  constructor(options: WorkersOptions<T, R>) {
    this.#options = options
    this.#ledger = options.ledger
    this.#observation = options.observation
    this.#timeouts = new Deadlines(options.clock)
    this.#timed = options.handlerTimeoutMs !== Number.POSITIVE_INFINITY
  }

  /** How many may work at once now. */
  get limit(): number {
    return this.#options.limit.limit
  }

  /** Handlers that lost their slot and have not settled yet. */
  get stragglers(): number {
    return this.#stragglers
  }

  /** Whether so many handlers overstay that no new work is taken. */
  get overstayed(): boolean {
    return this.#stragglers > 0 && this.#stragglers >= this.limit
  }

  /** Whether one more may start. */
  get free(): boolean {
    return this.#ledger.inFlight < this.limit && !this.overstayed
  }

  /** Starts the handler of one job, now. */
  start(job: Job<T, R>): void {
    const context = this.#begin(job)
    let value: R
    try {
      const answer = this.#options.handle(job.item, context)
      if (answer instanceof Promise || isThenable(answer)) {
        this.#follow(job, context, answer)
        return
      }
      value = answer
    } catch (error) {
      this.#settled(job, context, { ok: false, error })
      return
    }
    this.#settled(job, context, { ok: true, value })
  }

  /**
   * A promise of the language settles once, and without a timeout no attempt outlives its slot: then the callbacks can
   * belong to the job, and be used again with it. `npm run bench -- tasks` shows that it pays.
   */
  #follow(job: Job<T, R>, context: HandlerContext, answer: PromiseLike<R>): void {
    if (this.#timed || !isPlainPromise(answer)) {
      answer.then(
        (value) => this.#settled(job, context, { ok: true, value }),
        (error: unknown) => this.#settled(job, context, { ok: false, error }),
      )
      return
    }
    job.callbacks ??= this.#callbacksOf(job)
    answer.then(job.callbacks.onValue, job.callbacks.onError)
  }

  #callbacksOf(job: Job<T, R>): PromiseCallbacks<R> {
    return {
      onValue: (value) => {
        this.#leaveSlot(job, undefined)
        this.#options.succeeded(job, value)
        this.#options.over(job)
      },
      onError: (error) => this.#leave(job, { ok: false, error }),
    }
  }

  #begin(job: Job<T, R>): HandlerContext {
    if (this.#ledger.inFlight++ === 0) this.#observation.service.stirred()
    const nowMs = this.#startMs(job)
    job.attempt++
    job.inFlightAtStart = this.#ledger.inFlight
    job.timedOut = false
    const context = new HandlerContext(job.attempt)
    job.context = context
    if (this.#timed) this.#watch(job, nowMs + this.#options.handlerTimeoutMs)
    return context
  }

  /** The time, read only where something depends on it. */
  #startMs(job: Job<T, R>): number {
    const observation = this.#observation
    if (!job.measured) {
      observation.started()
      return this.#timed ? observation.exactMs() : 0
    }
    const nowMs = observation.exactMs()
    observation.sojourn.record(nowMs - job.queuedMs, nowMs)
    observation.bins.started(nowMs)
    job.startedMs = nowMs
    return nowMs
  }

  #watch(job: Job<T, R>, atMs: number): void {
    job.atMs = atMs
    job.whenDue = this.#overdue
    this.#timeouts.add(job)
  }

  readonly #overdue = (job: Job<T, R>): void => {
    const { handlerTimeoutMs } = this.#options
    const context = job.context
    if (!job.timedOut) {
      job.timedOut = true
      this.#watch(job, job.atMs + handlerTimeoutMs)
      context?.abort(timeoutError(handlerTimeoutMs))
      return
    }
    if (context) context.straggling = true
    this.#stragglers++
    this.#leave(job, tookTooLong(handlerTimeoutMs))
  }

  #settled(job: Job<T, R>, context: HandlerContext, end: Settled<R>): void {
    if (job.context !== context) {
      // Its slot was freed long ago: what it answers no longer counts. Nor does a second answer to one attempt.
      if (!context.straggling) return
      context.straggling = false
      this.#stragglers--
      this.#options.straggled()
      return
    }
    if (job.heapIndex >= 0) this.#timeouts.remove(job)
    this.#leave(job, job.timedOut ? tookTooLong(this.#options.handlerTimeoutMs) : end)
  }

  #leave(job: Job<T, R>, end: Settled<R>): void {
    this.#leaveSlot(job, end)
    if (end.ok) this.#options.succeeded(job, end.value)
    else this.#options.failed(job, end.error)
  }

  /**
   * Frees the slot first, so that nothing that follows can leak it.
   *
   * @param end - how the attempt ended; a success where it is left out
   */
  #leaveSlot(job: Job<T, R>, end: Settled<R> | undefined): void {
    const observation = this.#observation
    this.#ledger.inFlight--
    job.context = undefined
    const { service, bins } = observation
    service.stirred()
    if (!job.measured) {
      observation.ended()
      return
    }
    const nowMs = observation.exactMs()
    const serviceMs = nowMs - job.startedMs
    bins.completed(nowMs, serviceMs, job.size)
    if (service.record(serviceMs, nowMs)) this.#options.measured?.(nowMs)
    if (this.#options.learns) this.#teach(job, nowMs, end)
  }

  #teach(job: Job<T, R>, endMs: number, end: Settled<R> | undefined): void {
    const outcome = end ? outcomeOf(end) : 'success'
    if (outcome === 'ignored') return
    try {
      const rttMs = endMs - job.startedMs
      this.#options.limit.onSample({
        endMs,
        rttMs,
        inFlight: job.inFlightAtStart,
        dropped: outcome === 'failure',
      })
    } catch (cause) {
      this.#options.limitFailed(cause)
    }
  }
}

/** Whether it is a promise of the language itself. */
function isPlainPromise(value: object): boolean {
  return value instanceof Promise && value.constructor === Promise
}

function isThenable<R>(value: R | PromiseLike<R>): value is PromiseLike<R> {
  const canHaveThen = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return canHaveThen && 'then' in value && typeof value.then === 'function'
}

function tookTooLong(timeoutMs: number): { readonly ok: false; readonly error: DOMException } {
  return { ok: false, error: timeoutError(timeoutMs) }
}

function timeoutError(timeoutMs: number): DOMException {
  return new DOMException(`the handler took longer than handlerTimeoutMs (${timeoutMs} ms)`, 'TimeoutError')
}
