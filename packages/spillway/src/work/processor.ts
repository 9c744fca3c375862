/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A bounded queue with workers: the answer to "what happens when my consumer
 * can't keep up?", given before the first item arrives.
 *
 * This is the promise-shaped edge; the decisions are made synchronously in
 * `engine.ts`. Absent on purpose: persistence (the gateway has it) and an
 * unbounded mode.
 *
 * Floor 4: imports `errors`, `options`, `queues`.
 */
import type { Criticality } from '../gate/criticality.ts'
import { CRITICALITIES, criticalityRank } from '../gate/criticality.ts'
import type { Refusal } from '../gate/gate.ts'
import { refusalError } from '../gate/refusal.ts'
import type { Diagnosis } from '../insight/diagnosis.ts'
import type { DurationTotals } from '../measure/histogram.ts'
import { check, integerFrom, numberFrom, oneOf, optional } from '../options/rules.ts'
import { openWait, UNBOUNDED, type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { checkItems } from './capacity.ts'
import { Engine } from './engine.ts'
import type { Job } from './job.ts'
import type { LedgerSnapshot } from './ledger.ts'
import type { Answer } from './newcomer.ts'
import type { DiagnosisQuestion } from './oversight.ts'
import { type ProcessorOptions, resolveProcessorOptions } from './processor-options.ts'
import { pull } from './pull.ts'
import type { Refused } from './refusals.ts'
import { type Submission, SubmissionAnswer } from './submission.ts'

const OWNER = 'Processor'
const DONE: Promise<void> = Promise.resolve()

/** Counters and gauges of a `Processor`. The two ledgers hold at any instant: see `LedgerSnapshot`. */
export interface ProcessorStats extends LedgerSnapshot {
  /** The most items that may be queued now. */
  readonly capacity: number
  /** The most that may be in flight now. */
  readonly concurrency: number
  /** What the queued items weigh together. */
  readonly weight: number
  /** Callers that wait for a place now; `waiting` counts their items. */
  readonly waitingCallers: number
  /** Handlers that overstayed their timeout twice, lost their slot, and have not settled. */
  readonly stragglers: number
  /** Items a second that the workers can complete, from measured service times; `undefined` below 20 samples. */
  readonly ratePerSecond: number | undefined
  /** Service time: the median and the 99th percentile of the last ten seconds, in milliseconds. */
  readonly serviceP50Ms: number
  /** The 99th percentile of the same. */
  readonly serviceP99Ms: number
  /** Time from place to start: the 99th percentile of the last ten seconds, in milliseconds. */
  readonly sojournP99Ms: number
  /** Whether it is paused: it takes, and starts nothing. */
  readonly paused: boolean
  /** Whether it is closed: it takes nothing more. */
  readonly closed: boolean
}

/** What `Processor.predict` is asked about: a newcomer that has not come yet. */
export interface Prospect extends WaitOptions {
  /** How many places it needs together. @defaultValue 1 */
  readonly items?: number | undefined
  /** What its items weigh together. @defaultValue one each */
  readonly weight?: number | undefined
  /** How important it is. @defaultValue `critical` */
  readonly criticality?: Criticality | undefined
}

/**
 * A bounded queue whose items are worked on by at most `concurrency` handlers at once.
 *
 * An item that finds no place waits, is refused, or has another one evicted for it, as `whenFull` says; one that can't
 * be in time is refused on arrival. Every outcome is counted once, and what the user's functions throw breaks nothing.
 * A method costs O(1) for each item it is given or removes, O(log n) where a deadline bounds a wait.
 *
 * @example
 * ```ts
 * const orders = new Processor<Order>({ handle: store, capacity: 200, whenFull: 'block', concurrency: 10 })
 * await orders.enqueue(order, { timeoutMs: 100 }) // it has its place, or an OverloadError says why not
 * ```
 */
export class Processor<T, R = unknown> {
  readonly #engine: Engine<T, R>

  /** @throws OptionError when an option is unknown, missing, or out of its range */
  constructor(options: ProcessorOptions<T, R>) {
    this.#engine = new Engine(resolveProcessorOptions(options))
  }

  /**
   * Queues an item; resolves when it has its place, which is at once unless the queue is full and `whenFull` is
   * `block`. Costs no promise of its own when it need not wait.
   *
   * @throws OverloadError when refused; `wait.signal.reason` when aborted before it had its place; OptionError when a
   * bound is out of range, or what `weigh`, `criticality` or `orderBy` answer
   */
  enqueue(item: T, wait: WaitOptions = UNBOUNDED): Promise<void> {
    try {
      if (wait !== UNBOUNDED) openWait(OWNER, wait)
      else if (this.#engine.startAtOnce(item)) return DONE
      const job = this.#engine.job(item, wait, undefined)
      return this.#engine.admitAtOnce(job) ? DONE : this.#admit([job], wait, false)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Queues a batch, whole or not at all: resolves when every item has its place. A batch larger than the capacity can
   * ever be is refused with `ERR_COST_EXCEEDS_BURST`; an empty one is nothing to do.
   *
   * @throws OverloadError when refused; `wait.signal.reason` when aborted before it had its places
   */
  async enqueueAll(items: Iterable<T>, wait: WaitOptions = UNBOUNDED): Promise<void> {
    openWait(OWNER, wait)
    const jobs = Array.from(items, (item) => this.#engine.job(item, wait, undefined))
    if (jobs.length > 0) await this.#admit(jobs, wait, false)
  }

  /**
   * Queues an item if that can be done at once; `false` when refused, and counted. Never waits, never throws a refusal.
   *
   * @throws OptionError when `weigh`, `criticality` or `orderBy` answer what is out of range; then nothing is counted
   */
  offer(item: T): boolean {
    if (this.#engine.startAtOnce(item)) return true
    const job = this.#engine.job(item, UNBOUNDED, undefined)
    return this.#engine.admitAtOnce(job) || this.#engine.admit([job], UNBOUNDED, {}) === undefined
  }

  /**
   * Queues an item and resolves with the handler's result. `wait.signal` gives up the item too: out of the queue, or
   * by the handler's own signal.
   *
   * @throws OverloadError when refused or evicted; the handler's last error; `wait.signal.reason` when aborted
   */
  run(item: T, wait: WaitOptions = UNBOUNDED): Promise<R> {
    return new Promise((resolve, reject) => {
      const refused = (refusal: Refusal): void => reject(refusalError(OWNER, refusal))
      this.submit(item, wait, { refused, abandoned: reject, delivered: resolve, failed: reject })
    })
  }

  /**
   * The synchronous form of `enqueue` and `run`: `submission` is told, perhaps before this returns. What its functions
   * throw becomes a process warning.
   *
   * @throws OptionError when a bound is out of range, or what `weigh`, `criticality` or `orderBy` answer
   */
  submit(item: T, wait: WaitOptions, submission: Submission<R>): void {
    waitBoundMs(OWNER, wait)
    const answer = new SubmissionAnswer(submission, this.#engine.queue.teller)
    if (wait.signal?.aborted) {
      answer.abandoned(wait.signal.reason)
      return
    }
    const job = this.#engine.job(item, wait, submission)
    job.callerSignal = wait.signal
    const refusal = this.#engine.admit([job], wait, { answer })
    if (refusal) answer.refused(refusal)
  }

  /**
   * Queues everything that `source` yields, pulling the next item only when the last one has its place, whatever
   * `whenFull` says; resolves with their number when the source ends. Breaking off ends the source; the item in hand
   * is lost. It waits as one of `maxWaiting` callers.
   *
   * @throws OverloadError `ERR_CLOSED` when closed meanwhile, `ERR_TOO_MANY_WAITING`, `ERR_COST_EXCEEDS_BURST`;
   * `wait.signal.reason` when aborted, also while the source is silent; the source's own error
   */
  async consume(
    source: AsyncIterable<T> | Iterable<T | PromiseLike<T>>,
    wait: Pick<WaitOptions, 'signal'> = UNBOUNDED,
  ): Promise<number> {
    openWait(OWNER, wait)
    return pull(source, wait.signal, (item) =>
      this.#admit([this.#engine.job(item, wait, undefined)], wait, true),
    )
  }

  /**
   * The refusal that a newcomer would meet on arrival, or `undefined`: an early look that counts and takes nothing,
   * for those who can refuse before they have read a body.
   *
   * @throws OptionError when a bound or what the newcomer needs is out of range
   */
  predict(ask: Prospect = {}): Refusal | undefined {
    const boundMs = waitBoundMs(OWNER, ask)
    check(OWNER, 'items', ask.items, optional(integerFrom(1)))
    check(OWNER, 'weight', ask.weight, optional(numberFrom(0)))
    check(OWNER, 'criticality', ask.criticality, optional(oneOf(...CRITICALITIES)))
    const places = ask.items ?? 1
    return this.#engine.admission.early({
      places,
      weight: ask.weight ?? places,
      rank: criticalityRank(ask.criticality ?? 'critical'),
      boundMs,
      budgetMs: ask.finishWithinMs ?? Number.POSITIVE_INFINITY,
      waits: this.#engine.blocks ? 'may' : 'no',
    })
  }

  /**
   * Changes how many items may be queued, from now on; a bound of their weight stays. Raised, it lets in those who wait.
   * Lowered, it removes nothing: what has its place keeps it, and a batch that waits and is larger now gets an empty
   * queue.
   *
   * @param items - an integer of at least 0, or `Infinity`
   * @throws OptionError when it is anything else
   */
  setCapacity(items: number): void {
    checkItems(OWNER, items)
    const { queue } = this.#engine
    queue.capacity.set(items)
    queue.pump()
  }

  /** Starts no more handlers; the queue goes on taking what fits. */
  pause(): void {
    this.#engine.pause()
  }

  /** Starts handlers again. */
  resume(): void {
    this.#engine.resume()
  }

  /** Refuses newcomers, and those who wait for a place, with `ERR_CLOSED`. What is queued is still worked on. Idempotent. */
  close(): void {
    this.#engine.queue.intake.close()
    this.#engine.queue.pump()
  }

  /** Removes what is queued or between two attempts, and returns how many items that were. What is in flight goes on. */
  purge(): number {
    return this.#engine.purge()
  }

  /**
   * Resolves when nothing waits, is queued, in flight or between two attempts. It stops nobody from adding more: call
   * `close` first to end for good. A paused processor drains only once resumed.
   *
   * @throws OverloadError `ERR_WAIT_TIMEOUT` when that takes longer than `wait.timeoutMs`, `ERR_TOO_MANY_WAITING` when 1024
   * wait for it already; `wait.signal.reason` when aborted
   */
  drain(wait: WaitOptions = UNBOUNDED): Promise<void> {
    return this.#engine.queue.drain(wait)
  }

  /** Closes and drains. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.drain()
  }

  /** Counters and gauges, as they are now. Costs some microseconds: for scrapes, not for each item. */
  stats(): ProcessorStats {
    const { workers, admission, paused } = this.#engine
    const { ledger, observation, intake, capacity } = this.#engine.queue
    const nowMs = observation.exactMs()
    const perMs = admission.ratePerMs(nowMs)
    return {
      ...ledger.snapshot(),
      capacity: capacity.items,
      concurrency: workers.limit,
      weight: intake.weight,
      waitingCallers: intake.waiters,
      stragglers: workers.stragglers,
      ratePerSecond: perMs === Number.POSITIVE_INFINITY ? undefined : perMs * 1000,
      serviceP50Ms: observation.service.quantileMs(0.5, nowMs),
      serviceP99Ms: observation.service.p99Ms(nowMs),
      sojournP99Ms: observation.sojourn.quantile(nowMs),
      paused,
      closed: intake.closed,
    }
  }

  /**
   * How long items waited from their place to their start, and were handled, since the beginning: for each of
   * `boundsMs`, ascending, how many took at most so long. Of very short services a sample is measured. Costs three
   * passes over 1,063 buckets: for a scrape, not for each item.
   */
  durations(boundsMs: readonly number[]): Readonly<Record<'wait' | 'service', DurationTotals>> {
    const { observation } = this.#engine.queue
    return { wait: observation.sojourn.totals(boundsMs), service: observation.service.totals(boundsMs) }
  }

  /**
   * Why items are dropped, with evidence and a remedy, from the last two minutes; `healthy` when none were. Costs a few
   * passes over 1,200 bins: for a dashboard or an alarm, not for each item.
   */
  diagnose(question: DiagnosisQuestion = {}): Diagnosis {
    return this.#engine.queue.oversight.diagnose(question)
  }

  #admit(jobs: readonly Job<T, R>[], wait: WaitOptions, mustWait: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const answer = new PromisedAnswer(resolve, reject)
      const refusal = this.#engine.admit(jobs, wait, { answer, mustWait })
      if (refusal) answer.refused(refusal)
    })
  }
}

/** Settles a promise. A class, not closures: `npm run bench -- waiters` counts the bytes of each waiter. */
class PromisedAnswer implements Answer {
  readonly accepted: () => void
  readonly abandoned: (reason: unknown) => void

  constructor(resolve: () => void, reject: (error: unknown) => void) {
    this.accepted = resolve
    this.abandoned = reject
  }

  refused(refusal: Refused): void {
    this.abandoned(refusalError(OWNER, refusal))
  }
}
