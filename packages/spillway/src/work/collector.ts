/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A bounded queue that is flushed in batches, by size or by age: telemetry,
 * rows, log lines. It drops with a signal: `record` never blocks and counts
 * what it refuses; `recordOrWait` blocks, with a deadline. Both on one type.
 *
 * One flush runs at a time, and a batch that is to be retried comes before
 * all others: the order is kept, and a failing sink fills the queue. A queue
 * that is full is flushed though the batch is not.
 *
 * Floor 4: imports `clock`, `concurrency`, `gate`, `insight`, `options`.
 */
import type { Cancel } from '../clock/clock.ts'
import { fixed } from '../concurrency/fixed.ts'
import { refusalError } from '../gate/refusal.ts'
import type { Diagnosis } from '../insight/diagnosis.ts'
import type { DurationTotals } from '../measure/histogram.ts'
import { check, integerOrInfinityFrom } from '../options/rules.ts'
import { openWait, UNBOUNDED, type WaitOptions } from '../options/wait-options.ts'
import { BoundedQueue } from './bounded-queue.ts'
import {
  type CollectorOptions,
  type ResolvedCollectorOptions,
  resolveCollectorOptions,
} from './collector-options.ts'
import { FlushJob } from './flush-job.ts'
import type { WaitTerms } from './intake.ts'
import type { Job } from './job.ts'
import type { LedgerSnapshot } from './ledger.ts'
import type { DiagnosisQuestion } from './oversight.ts'
import { type Refused, refuse } from './refusals.ts'
import { Retries } from './retries.ts'
import { ByCriticality } from './service-order.ts'
import { Workers } from './workers.ts'

const OWNER = 'Collector'
const DONE: Promise<void> = Promise.resolve()

/** Counters and gauges of a `Collector`, in items. The two ledgers hold at any instant: see `LedgerSnapshot`. */
export interface CollectorStats extends LedgerSnapshot {
  /** The most items that may be queued. */
  readonly capacity: number
  /** What the queued items weigh together. */
  readonly weight: number
  /** Callers that wait for a place now. */
  readonly waitingCallers: number
  /** Attempts to flush a batch, so far. */
  readonly flushes: number
  /** The 99th percentile of the time of a flush in the last ten seconds, in milliseconds. */
  readonly flushP99Ms: number
  /** Whether it is closed: it takes nothing more. */
  readonly closed: boolean
}

/** A batch in the hands of the one worker. */
type Flushed<T> = Job<readonly T[], unknown>

/**
 * A bounded queue that is flushed in batches, one at a time, by size or by age.
 *
 * Every outcome is counted once, and what the user's functions throw breaks nothing. A method costs O(1) for each item
 * it is given or removes, O(log n) where a deadline bounds a wait.
 *
 * @example
 * ```ts
 * const points = new Collector<Point>({
 *   flush: (batch) => write(batch),
 *   capacity: 10_000,
 *   whenFull: 'reject',
 *   batch: { size: 500, intervalMs: 1000 },
 * })
 * if (!points.record(point)) dropped++ // never waits; recordOrWait does, with a deadline
 * ```
 */
export class Collector<T> {
  readonly #options: ResolvedCollectorOptions<T>
  readonly #order = new ByCriticality<T, void>()
  readonly #queue: BoundedQueue<T, void>
  readonly #workers: Workers<readonly T[], unknown>
  readonly #retries: Retries<readonly T[], unknown> | undefined
  /** The jobs of the batch in flight, or waiting for its retry. */
  #batch: readonly Job<T, void>[] = []
  /** The batch whose retry is due. */
  #again: Flushed<T> | undefined
  #flushes = 0
  /** Whether the next batch is to be flushed, however little it is. */
  #due = false
  /** Whether all batches are, until nothing is queued. */
  #hurries = false
  #cancelTimer: Cancel | undefined

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(options: CollectorOptions<T>) {
    const resolved = resolveCollectorOptions(options)
    const { clock, random, retry } = resolved
    this.#options = resolved
    this.#retries = retry && new Retries(OWNER, retry, { clock, random, due: this.#flushAgain })
    this.#queue = this.#makeQueue()
    check(OWNER, 'capacity', this.#queue.capacity.items, integerOrInfinityFrom(1))
    this.#workers = this.#makeWorkers()
  }

  /**
   * Takes an item if there is room; `false` when it was refused, and counted. Never waits.
   *
   * @throws OptionError when `weigh` or `criticality` answers what is out of range
   */
  record(item: T): boolean {
    const job = this.#queue.job(item, undefined)
    const refusal = this.#arrive(job) ?? this.#take(job)
    if (refusal) this.#queue.refuse(refusal, 1)
    else this.#queue.pump()
    return !refusal
  }

  /**
   * Takes an item, waiting for room whatever `whenFull` says; resolves when the item has its place.
   *
   * @throws OverloadError when refused; `wait.signal.reason` when aborted before it had its place
   */
  recordOrWait(item: T, wait: WaitOptions = UNBOUNDED): Promise<void> {
    try {
      const boundMs = openWait(OWNER, wait)
      const job = this.#queue.job(item, undefined)
      const refusal = this.#arrive(job)
      if (refusal) {
        this.#queue.refuse(refusal, 1)
        throw refusalError(OWNER, refusal)
      }
      if (!this.#queue.intake.takeAtOnce(job))
        return this.#waitForPlace(job, { boundMs, signal: wait.signal })
      this.#queue.pump()
      return DONE
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Flushes what is queued without waiting for full batches, and resolves when nothing is left, as `drain` does. */
  async flush(wait: WaitOptions = UNBOUNDED): Promise<void> {
    openWait(OWNER, wait)
    this.#hurry()
    await this.drain(wait)
  }

  /**
   * Resolves when nothing waits, is queued, in flight or between two attempts. What is queued is flushed by size or
   * age, as ever: call `flush` to hurry, `close` to end for good.
   *
   * @throws OverloadError `ERR_WAIT_TIMEOUT` when that takes longer than `wait.timeoutMs`, `ERR_TOO_MANY_WAITING` when 1024
   * wait for it already; `wait.signal.reason` when aborted
   */
  drain(wait: WaitOptions = UNBOUNDED): Promise<void> {
    return this.#queue.drain(wait)
  }

  /** Refuses newcomers, and those who wait for a place, with `ERR_CLOSED`, and flushes what is queued. Idempotent. */
  close(): void {
    this.#queue.intake.close()
    this.#hurry()
  }

  /** Closes and drains. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.drain()
  }

  /** Removes what is queued, and returns how many items that were. The batch in flight, or to be retried, goes on. */
  purge(): number {
    const purged = this.#queue.intake.purge()
    this.#queue.pump()
    return purged
  }

  /** Counters and gauges, as they are now. */
  stats(): CollectorStats {
    return {
      ...this.#queue.ledger.snapshot(),
      capacity: this.#queue.capacity.items,
      weight: this.#queue.intake.weight,
      waitingCallers: this.#queue.intake.waiters,
      flushes: this.#flushes,
      flushP99Ms: this.#queue.observation.service.p99Ms(this.#queue.observation.exactMs()),
      closed: this.#queue.intake.closed,
    }
  }

  /** How long flushes took since the beginning: for each of `boundsMs`, ascending, how many took at most so long. */
  durations(boundsMs: readonly number[]): Readonly<Record<'flush', DurationTotals>> {
    return { flush: this.#queue.observation.service.totals(boundsMs) }
  }

  /** Why items are dropped, with evidence and a remedy, from the last two minutes. */
  diagnose(question: DiagnosisQuestion = {}): Diagnosis {
    return this.#queue.oversight.diagnose(question)
  }

  #makeQueue(): BoundedQueue<T, void> {
    // A failed flush is told by its batch, not by its items.
    return new BoundedQueue(
      OWNER,
      { ...this.#options, onError: undefined },
      {
        order: this.#order,
        handsOver: () => false,
        startNext: this.#startNext,
        rested: this.#rested,
        placed: () => {
          if (!this.#cancelTimer) this.#armTimer(this.#options.batch.intervalMs)
        },
        nextPlaceMs: () => undefined,
        workers: () => ({ workers: 1 }),
      },
    )
  }

  #makeWorkers(): Workers<readonly T[], unknown> {
    const { observation, oversight } = this.#queue
    return new Workers({
      clock: this.#options.clock,
      handle: this.#options.flush,
      limit: fixed(1),
      learns: false,
      handlerTimeoutMs: this.#options.flushTimeoutMs,
      ledger: { inFlight: 0 },
      observation,
      succeeded: () => this.#flushed('delivered'),
      failed: this.#flushFailed,
      straggled: () => this.#queue.pump(),
      measured: (nowMs) => oversight.measured(this.#ratePerSecond(), nowMs),
      limitFailed: () => {},
    })
  }

  /** Items a second that full batches would take away, from the mean time of a flush. */
  #ratePerSecond(): number {
    return (1000 * this.#options.batch.size) / this.#queue.observation.service.meanMs
  }

  /** Receives a newcomer, or refuses it. A queue without room for it is flushed, though the batch may not be full. */
  #arrive(job: Job<T, void>): Refused | undefined {
    const { intake } = this.#queue
    const isTooLarge = intake.exceeds(1, job.weight)
    if (!isTooLarge && !intake.hasRoom(1, job.weight)) {
      this.#due = true
      this.#queue.pump()
    }
    this.#queue.arrived(1)
    if (intake.closed) return refuse('ERR_CLOSED')
    if (isTooLarge) return refuse('ERR_COST_EXCEEDS_BURST')
    if (this.#workers.overstayed) return refuse('ERR_CONCURRENCY_LIMITED')
    return undefined
  }

  /** Gives the job its place at once, evicting where `whenFull` says so, or refuses it. */
  #take(job: Job<T, void>): Refused | undefined {
    if (this.#queue.intake.takeAtOnce(job)) return undefined
    const taken = this.#queue.intake.take([job], false)
    return taken === 'must-wait' ? refuse('ERR_QUEUE_FULL') : taken
  }

  #waitForPlace(job: Job<T, void>, terms: WaitTerms): Promise<void> {
    return new Promise((resolve, reject) => {
      const refused = (refusal: Refused): void => reject(refusalError(OWNER, refusal))
      const early = this.#queue.intake.wait([job], terms, { accepted: resolve, refused, abandoned: reject })
      if (!early) return
      this.#queue.refuse(early, 1)
      refused(early)
    })
  }

  #armTimer(delayMs: number): void {
    this.#cancelTimer = this.#options.clock.schedule(delayMs, () => {
      this.#cancelTimer = undefined
      this.#awaitOldest()
      this.#queue.pump()
    })
  }

  #disarmTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  /** The oldest of those that are queued sets the time of the next flush. */
  #awaitOldest(): void {
    const { oldest } = this.#order
    if (!oldest) return
    const leftMs = oldest.queuedMs + this.#options.batch.intervalMs - this.#queue.observation.exactMs()
    if (leftMs > 0) this.#armTimer(leftMs)
    else this.#due = true
  }

  #hurry(): void {
    this.#hurries = true
    this.#queue.pump()
  }

  /** Nothing more can be flushed now. */
  readonly #rested = (): void => {
    if (this.#queue.ledger.queued > 0) return
    this.#due = false
    this.#hurries = false
    this.#disarmTimer()
  }

  /** Starts a flush if one is due and none is under way. */
  readonly #startNext = (): boolean => {
    if (!this.#workers.free) return false
    const batch = this.#again ?? this.#nextBatch()
    if (!batch) return false
    if (this.#again) for (const job of this.#batch) this.#queue.intake.endRetry(job)
    this.#again = undefined
    this.#queue.ledger.inFlight += batch.size
    this.#flushes++
    batch.queuedMs = this.#queue.observation.exactMs()
    this.#workers.start(batch)
    return true
  }

  /** Takes the next batch out of the queue, unless one waits for its retry or none is due. */
  #nextBatch(): Flushed<T> | undefined {
    const { size } = this.#options.batch
    const isDue = this.#due || this.#hurries || this.#queue.ledger.queued >= size
    if (this.#batch.length > 0 || !isDue || this.#queue.ledger.queued === 0) return undefined
    const jobs: Job<T, void>[] = []
    for (let job = this.#queue.next(); job; job = this.#queue.next()) {
      jobs.push(job)
      if (jobs.length === size) break
    }
    this.#batch = jobs
    this.#due = false
    this.#disarmTimer()
    this.#awaitOldest()
    return new FlushJob(jobs)
  }

  /** The batch under way has ended. */
  #flushed(how: 'delivered' | 'failed'): void {
    const { length } = this.#batch
    this.#batch = []
    this.#queue.ledger.inFlight -= length
    this.#queue.ledger[how] += length
    this.#queue.pump()
  }

  readonly #flushFailed = (batch: Flushed<T>, error: unknown): void => {
    const retries = this.#retries
    const { teller, ledger, intake } = this.#queue
    if (retries && teller.guarded('retryIf', () => retries.allows(batch, error))) {
      ledger.inFlight -= batch.size
      for (const job of this.#batch) intake.keepForRetry(job)
      retries.schedule(
        batch,
        error,
        teller.guarded('random', () => retries.backoffMs(batch)),
      )
      return
    }
    const { onError } = this.#options
    if (onError) teller.guarded('onError', () => onError(error, batch.item, { attempts: batch.attempts }))
    else teller.lost(error)
    this.#flushed('failed')
  }

  readonly #flushAgain = (batch: Flushed<T>): void => {
    this.#again = batch
    this.#queue.pump()
  }
}
