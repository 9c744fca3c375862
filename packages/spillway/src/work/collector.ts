/**
 * A bounded queue that is flushed in batches, by size or by age: telemetry,
 * rows, log lines. It drops with a signal: `record` never blocks and counts
 * what it refuses; `recordOrWait` blocks, with a deadline. Both on one type.
 *
 * One flush runs at a time, and a batch that is to be retried comes before
 * all others: the order is kept, and a failing sink fills the queue.
 *
 * Floor 4: imports `concurrency`, `insight`, `options`.
 */
import type { Cancel } from '../clock/clock.ts'
import { fixed } from '../concurrency/fixed.ts'
import { refusalError } from '../gate/refusal.ts'
import type { Diagnosis } from '../insight/diagnosis.ts'
import { type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { type Capacity, resolveCapacity } from './capacity.ts'
import {
  type CollectorOptions,
  type ResolvedCollectorOptions,
  resolveCollectorOptions,
} from './collector-options.ts'
import { IdleWaiters } from './idle-waiters.ts'
import { Intake } from './intake.ts'
import { Job } from './job.ts'
import { type EvictReason, Ledger, type LedgerSnapshot } from './ledger.ts'
import { Observation } from './observation.ts'
import { type DiagnosisQuestion, Oversight } from './oversight.ts'
import { type Refused, refuse } from './refusals.ts'
import { Retries } from './retries.ts'
import { ByCriticality } from './service-order.ts'
import { Teller } from './teller.ts'
import { traitsOf } from './traits.ts'
import { Workers } from './workers.ts'

const OWNER = 'Collector'
const NO_BOUNDS: WaitOptions = {}
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
  readonly closed: boolean
}

/** A bounded queue that is flushed in batches. */
export class Collector<T> {
  readonly #options: ResolvedCollectorOptions<T>
  readonly #ledger = new Ledger()
  readonly #capacity: Capacity
  readonly #order = new ByCriticality<T, void>()
  readonly #observation: Observation
  readonly #intake: Intake<T, void>
  readonly #workers: Workers<readonly T[], unknown>
  readonly #retries: Retries<readonly T[], unknown> | undefined
  readonly #teller: Teller<T, void>
  readonly #oversight: Oversight
  readonly #idle: IdleWaiters
  /** The jobs of the batch in flight, or waiting for its retry. */
  #batch: readonly Job<T, void>[] = []
  #flushes = 0
  /** Flush what is there, however little. */
  #due = false
  #cancelTimer: Cancel | undefined

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(options: CollectorOptions<T>) {
    const resolved = resolveCollectorOptions(options)
    const { clock, random, retry } = resolved
    this.#options = resolved
    this.#observation = new Observation(clock)
    this.#capacity = resolveCapacity(OWNER, resolved.capacity, resolved.weigh !== undefined)
    this.#teller = new Teller(OWNER, { onEvict: resolved.onEvict }, () => this.#observation.exactMs())
    this.#retries =
      retry && new Retries(OWNER, retry, { clock, random, due: (batch) => this.#flushAgain(batch) })
    this.#oversight = new Oversight({
      clock,
      onOverload: resolved.onOverload,
      capacity: this.#capacity,
      observation: this.#observation,
      workers: () => ({ workers: 1 }),
      guarded: (name, call) => this.#teller.guarded(name, call),
      warn: (message) => this.#teller.warn(message),
    })
    this.#idle = new IdleWaiters(clock)
    this.#workers = this.#makeWorkers()
    this.#intake = this.#makeIntake()
  }

  /** Takes an item if there is room; `false` when it was refused, and counted. Never waits. */
  record(item: T): boolean {
    const job = this.#job(item)
    this.#arrived()
    const refusal = this.#onArrival(job) ?? this.#take(job)
    if (!refusal) return this.#accepted()
    this.#refuse(refusal)
    return false
  }

  /**
   * Takes an item, waiting for room whatever `whenFull` says; resolves when the item has its place.
   *
   * @throws OverloadError when refused; `wait.signal.reason` when aborted before it had its place
   */
  recordOrWait(item: T, wait: WaitOptions = NO_BOUNDS): Promise<void> {
    const boundMs = waitBoundMs(OWNER, wait)
    if (wait.signal?.aborted) return Promise.reject(wait.signal.reason)
    const job = this.#job(item)
    this.#arrived()
    const refusal = this.#onArrival(job)
    if (refusal) return Promise.reject(this.#refuse(refusal))
    if (this.#intake.takeAtOnce(job)) {
      this.#accepted()
      return DONE
    }
    return new Promise((resolve, reject) => {
      const answer = {
        accepted: () => {
          this.#accepted()
          resolve()
        },
        refused: (late: Refused) => reject(refusalError(OWNER, late)),
        abandoned: reject,
      }
      const early = this.#intake.wait([job], { boundMs, signal: wait.signal }, answer)
      if (early) reject(this.#refuse(early))
    })
  }

  /** Flushes what is queued without waiting for a full batch, and resolves when nothing is left, as `drain` does. */
  flush(wait: WaitOptions = NO_BOUNDS): Promise<void> {
    this.#due = true
    this.#pump()
    return this.drain(wait)
  }

  /**
   * Resolves when nothing waits, is queued, in flight or between two attempts. What is queued is flushed by size or
   * age, as ever: call `flush` to hurry, `close` to end for good.
   *
   * @throws OverloadError `ERR_WAIT_TIMEOUT` when that takes longer than `wait.timeoutMs`; `wait.signal.reason` when aborted
   */
  drain(wait: WaitOptions = NO_BOUNDS): Promise<void> {
    return this.#idle.wait(this.#isIdle(), wait)
  }

  /** Refuses newcomers, and those who wait for a place, with `ERR_CLOSED`, and flushes what is queued. Idempotent. */
  close(): void {
    this.#intake.close()
    this.#due = true
    this.#pump()
  }

  /** Closes and drains. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.drain()
  }

  /** Removes what is queued, and returns how many items that were. The batch in flight, or to be retried, goes on. */
  purge(): number {
    const purged = this.#intake.purge()
    this.#intake.letIn()
    this.#pump()
    return purged
  }

  /** Counters and gauges, as they are now. */
  stats(): CollectorStats {
    return {
      ...this.#ledger.snapshot(),
      capacity: this.#capacity.items,
      weight: this.#intake.weight,
      waitingCallers: this.#intake.waiters,
      flushes: this.#flushes,
      flushP99Ms: this.#observation.service.p99Ms(this.#observation.exactMs()),
      closed: this.#intake.closed,
    }
  }

  /** Why items are dropped, with evidence and a remedy, from the last two minutes. */
  diagnose(question: DiagnosisQuestion = {}): Diagnosis {
    return this.#oversight.diagnose(question)
  }

  #makeWorkers(): Workers<readonly T[], unknown> {
    return new Workers({
      clock: this.#options.clock,
      handle: this.#options.flush,
      limit: fixed(1),
      learns: false,
      handlerTimeoutMs: this.#options.flushTimeoutMs,
      ledger: { inFlight: 0 },
      observation: this.#observation,
      succeeded: () => this.#flushed('delivered'),
      failed: this.#flushFailed,
      straggled: () => this.#pump(),
      measured: (nowMs) => {
        if (this.#oversight.measured(this.#ratePerSecond(), nowMs)) this.#intake.letIn()
      },
      limitFailed: () => {},
    })
  }

  #makeIntake(): Intake<T, void> {
    return new Intake({
      ...this.#options,
      order: this.#order,
      capacity: this.#capacity,
      ledger: this.#ledger,
      workerFree: () => false,
      placed: this.#placed,
      evicted: this.#evicted,
      refusedLate: this.#oversight.dropped,
      nextPlaceMs: () => undefined,
    })
  }

  #job(item: T): Job<T, void> {
    return new Job(item, traitsOf(OWNER, this.#options, item), undefined)
  }

  #isIdle(): boolean {
    const { waiting, queued, inFlight, retrying } = this.#ledger
    return waiting + queued + inFlight + retrying === 0
  }

  /** Items a second that full batches would take away, from the mean time of a flush. */
  #ratePerSecond(): number {
    return (1000 * this.#options.batch.size) / this.#observation.service.meanMs
  }

  #arrived(): void {
    this.#ledger.received++
    this.#observation.bins.arrived(this.#observation.roughMs())
  }

  /** Gives the job its place at once, evicting where `whenFull` says so, or refuses it. */
  #take(job: Job<T, void>): Refused | undefined {
    if (this.#intake.takeAtOnce(job)) return undefined
    const taken = this.#intake.take([job], false)
    return taken === 'must-wait' ? refuse('ERR_QUEUE_FULL') : taken
  }

  #onArrival(job: Job<T, void>): Refused | undefined {
    if (this.#intake.closed) return refuse('ERR_CLOSED')
    if (this.#intake.exceeds(1, job.weight)) return refuse('ERR_COST_EXCEEDS_BURST')
    if (this.#workers.overstayed) return refuse('ERR_CONCURRENCY_LIMITED')
    return undefined
  }

  #accepted(): true {
    if (this.#ledger.queued >= this.#options.batch.size) this.#pump()
    return true
  }

  #refuse(refusal: Refused): Error {
    this.#ledger.refused[refusal.code]++
    this.#oversight.dropped(1)
    return refusalError(OWNER, refusal)
  }

  readonly #placed = (job: Job<T, void>): void => {
    job.queuedMs = this.#observation.roughMs()
    this.#observation.bins.queued(job.queuedMs, this.#ledger.queued)
    if (!this.#cancelTimer) this.#armTimer(this.#options.batch.intervalMs)
  }

  readonly #evicted = (job: Job<T, void>, reason: EvictReason | 'purged'): void => {
    if (reason !== 'purged') this.#oversight.dropped(1)
    this.#teller.evicted(job, reason)
  }

  #armTimer(delayMs: number): void {
    this.#cancelTimer = this.#options.clock.schedule(delayMs, () => {
      this.#cancelTimer = undefined
      this.#due = true
      this.#pump()
    })
  }

  #disarmTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  /** Starts a flush if one is due and none is under way. */
  #pump(): void {
    const { queued, inFlight, retrying } = this.#ledger
    if (queued === 0) {
      this.#due = this.#intake.closed
      this.#disarmTimer()
      if (this.#isIdle()) this.#idle.wake()
      return
    }
    if (inFlight + retrying > 0 || !this.#workers.free) return
    if (this.#due || queued >= this.#options.batch.size) this.#startBatch()
  }

  #startBatch(): void {
    const jobs: Job<T, void>[] = []
    while (jobs.length < this.#options.batch.size) {
      const job = this.#intake.next()
      if (!job) break
      jobs.push(job)
    }
    this.#batch = jobs
    this.#due = this.#intake.closed
    this.#disarmTimer()
    this.#awaitOldest()
    const batch = new Job<readonly T[], unknown>(
      jobs.map(({ item }) => item),
      { weight: 0, rank: 0, key: undefined },
      undefined,
    )
    batch.size = jobs.length
    batch.measured = true
    this.#attempt(batch)
    this.#intake.letIn()
  }

  /** The oldest of those that stay behind sets the time of the next flush. */
  #awaitOldest(): void {
    const oldest = this.#order.peek()
    if (!oldest) return
    const leftMs = oldest.queuedMs + this.#options.batch.intervalMs - this.#observation.exactMs()
    if (leftMs > 0) this.#armTimer(leftMs)
    else this.#due = true
  }

  #attempt(batch: Job<readonly T[], unknown>): void {
    this.#ledger.inFlight += batch.size
    this.#flushes++
    batch.queuedMs = this.#observation.exactMs()
    this.#workers.start(batch)
  }

  /** The batch under way has ended. */
  #flushed(how: 'delivered' | 'failed'): void {
    const { length } = this.#batch
    this.#batch = []
    this.#ledger.inFlight -= length
    this.#ledger[how] += length
    this.#pump()
  }

  readonly #flushFailed = (batch: Job<readonly T[], unknown>, error: unknown): void => {
    if (this.#teller.guarded('retryIf', () => this.#retries?.allows(batch, error))) {
      this.#ledger.inFlight -= batch.size
      for (const job of this.#batch) this.#intake.keepForRetry(job)
      this.#retries?.schedule(batch, error)
      return
    }
    const { onError } = this.#options
    if (onError)
      this.#teller.guarded('onError', () => onError(error, batch.item, { attempts: batch.attempt }))
    else this.#teller.lost(error)
    this.#flushed('failed')
  }

  #flushAgain(batch: Job<readonly T[], unknown>): void {
    for (const job of this.#batch) this.#intake.dropRetry(job)
    this.#attempt(batch)
    this.#intake.letIn()
  }
}
