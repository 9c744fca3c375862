/**
 * The synchronous core of a `Processor`: it admits, starts, retries and ends
 * jobs, and tells by callbacks. Promises are added at the edge, in
 * `processor.ts`; a simulator uses this core through `Processor.submit`.
 *
 * Floor 4: imports `concurrency`, `errors`, `options`, `queues`.
 */
import { fixed } from '../concurrency/fixed.ts'
import { inOneLine } from '../errors/warning.ts'
import { type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { listenForAbort } from '../queues/abort-fan.ts'
import { Admission, askOf } from './admission.ts'
import { BoundedQueue } from './bounded-queue.ts'
import { Forecast } from './forecast.ts'
import type { WaitTerms } from './intake.ts'
import type { Ending, Job } from './job.ts'
import { ByKey } from './key-lanes.ts'
import type { EvictReason } from './ledger.ts'
import type { Answer } from './newcomer.ts'
import { Pacer } from './pacer.ts'
import type { ResolvedProcessorOptions } from './processor-options.ts'
import { type Refused, refuse } from './refusals.ts'
import { Retries } from './retries.ts'
import { ByCriticality, type ServiceOrder } from './service-order.ts'
import { Workers } from './workers.ts'

const OWNER = 'Processor'

/**
 * Whose turn comes is refused only with less than this part of the margin left that was set aside on arrival: refused at
 * the whole of it, a good part of those who were admitted just in time would have waited in vain. With much less,
 * services of two kinds, short and long, would begin too much that can't end in time. `early-refusals.test.ts` of the lab
 * holds both: 90 % of the refusals on arrival, 95 % of the capacity in time.
 */
const LAST_CALL = 0.85

/** A queue with workers, without promises. */
export class Engine<T, R> {
  readonly queue: BoundedQueue<T, R>
  readonly workers: Workers<T, R>
  readonly admission: Admission<T, R>
  readonly #options: ResolvedProcessorOptions<T, R>
  readonly #order: ServiceOrder<T, R>
  readonly #forecast: Forecast
  readonly #pacer: Pacer | undefined
  readonly #retries: Retries<T, R> | undefined
  /** Whether every job's times are needed. */
  readonly #measuresAll: boolean
  /** Whether an item is nothing but an item: there is nothing to ask about it, and nothing to wait for but a worker. */
  readonly #isPlain: boolean
  /** Whether time bounds the sojourn in the queue. */
  readonly #bounded: boolean
  readonly #shedAboveDepth: number
  #paused = false

  constructor(options: ResolvedProcessorOptions<T, R>) {
    const { clock, concurrency, random, retry, startRate } = options
    this.#options = options
    this.#shedAboveDepth = options.shedAboveDepth
    this.#bounded = options.maxQueueMs !== Number.POSITIVE_INFINITY
    this.#measuresAll = this.#bounded || typeof concurrency !== 'number'
    const hasTraits = options.weigh !== undefined || options.criticality !== undefined || options.orderBy
    this.#isPlain = !hasTraits && !startRate && !this.#measuresAll && options.shedAboveDepth > 0
    this.#pacer = startRate && new Pacer(startRate, clock, () => this.queue.pump())
    this.#retries = retry && new Retries(OWNER, retry, { clock, random, due: this.#retryDue })
    this.#order = options.orderBy ? new ByKey() : new ByCriticality()
    this.queue = this.#makeQueue()
    this.workers = this.#makeWorkers()
    this.#forecast = new Forecast(this.queue.observation.service)
    this.admission = new Admission({
      intake: this.queue.intake,
      ledger: this.queue.ledger,
      observation: this.queue.observation,
      order: this.#order,
      workers: this.workers,
      forecast: this.#forecast,
      shedAboveDepth: options.shedAboveDepth,
      startsPerMs: this.#pacer?.ratePerMs ?? Number.POSITIVE_INFINITY,
      handsOver: this.#handsOver,
    })
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Whether newcomers wait when the queue is full. */
  get blocks(): boolean {
    return this.#options.whenFull === 'block'
  }

  /** Makes a job of an item, asking the user's functions about it. Touches nothing. */
  job(item: T, wait: WaitOptions, ending: Ending<R> | undefined): Job<T, R> {
    const job = this.queue.job(item, ending)
    job.measured = this.#measuresAll || this.queue.observation.measureNext()
    const { finishWithinMs = Number.POSITIVE_INFINITY } = wait
    if (finishWithinMs !== Number.POSITIVE_INFINITY) {
      job.budget = { ms: finishWithinMs, spentMs: Number.POSITIVE_INFINITY }
    }
    return job
  }

  /**
   * Starts an item at once if it is one of those that need nothing but a free worker: no traits, bounds or pace, nobody
   * before it, not to be measured. When `false`, nothing was counted. It does what the longer ways would do, and
   * `npm run bench -- tasks` shows that it pays.
   */
  startAtOnce(item: T): boolean {
    if (!this.#isPlain || this.#paused) return false
    const { queue, workers } = this
    const { ledger } = queue
    if (ledger.queued + ledger.waiting + ledger.retrying > 0 || !workers.free) return false
    if (queue.intake.closed || !queue.observation.passesUnmeasured()) return false
    const job = queue.plainJob(item)
    if (!job) return false
    ledger.received++
    ledger.accepted++
    queue.observation.arrived(1)
    workers.start(job)
    return true
  }

  /**
   * Gives one job its place if nothing stands against it: no prediction to make, nobody waiting, nobody to evict.
   * When `false`, nothing was counted: `admit` decides. `npm run bench -- tasks` shows that this short way pays.
   */
  admitAtOnce(job: Job<T, R>): boolean {
    const { queue } = this
    if (job.budget || queue.intake.closed || this.workers.overstayed) return false
    if (queue.ledger.queued >= this.#shedAboveDepth) return false
    if (this.#mayHandOver(job)) {
      this.#handOver(job)
      return true
    }
    if (!queue.intake.takeAtOnce(job)) return false
    queue.ledger.received++
    queue.observation.arrived(1)
    queue.pump()
    return true
  }

  /**
   * Gives the jobs their places, together or not at all.
   *
   * @param answer - told of the acceptance, before anything starts, or later if they must wait; without it nobody waits
   * @param mustWait - whether they wait whatever `whenFull` says
   * @returns the refusal on arrival, of which `answer` is not told; `undefined` when it is or will be
   */
  admit(
    jobs: readonly Job<T, R>[],
    wait: WaitOptions,
    { answer, mustWait = false }: { readonly answer?: Answer; readonly mustWait?: boolean },
  ): Refused | undefined {
    const boundMs = waitBoundMs(OWNER, wait)
    const { queue } = this
    const mayWait = this.blocks && answer !== undefined
    const ask = askOf(jobs, boundMs, mustWait ? 'must' : mayWait ? 'may' : 'no')
    if (!queue.intake.hasRoom(ask.places, ask.weight)) this.#sweep()
    this.#arrived(jobs)
    if (answer && wait.signal?.aborted) {
      // By a function of the user that was called since the call began.
      queue.ledger.abandoned += jobs.length
      answer.abandoned(wait.signal.reason)
      return undefined
    }
    const taken = this.admission.judge(ask) ?? queue.intake.take(jobs, mustWait || this.blocks, answer)
    if (taken === undefined) {
      queue.pump()
      return undefined
    }
    const refusal = taken === 'must-wait' ? this.#wait(jobs, { boundMs, signal: wait.signal }, answer) : taken
    if (refusal) queue.refuse(refusal, jobs.length)
    return refusal
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.queue.pump()
  }

  /** Removes everything queued and between attempts; what is in flight goes on. */
  purge(): number {
    const retrying = this.#retries?.waiting() ?? []
    let purged = this.queue.intake.purge()
    for (const job of retrying) {
      if (!this.#retries?.remove(job)) continue
      this.queue.dropRetry(job, 'purged')
      purged++
    }
    this.queue.pump()
    return purged
  }

  #makeQueue(): BoundedQueue<T, R> {
    const startRatePerSecond = this.#pacer && this.#pacer.ratePerMs * 1000
    return new BoundedQueue(OWNER, this.#options, {
      order: this.#order,
      handsOver: this.#handsOver,
      startNext: this.#startNext,
      rested: this.#tendPacer,
      placed: this.#placed,
      nextPlaceMs: () => this.admission.nextPlaceMs(),
      workers: () => ({ workers: this.workers.limit, startRatePerSecond }),
    })
  }

  #makeWorkers(): Workers<T, R> {
    const { concurrency } = this.#options
    const { ledger, observation, teller, oversight } = this.queue
    return new Workers({
      ...this.#options,
      ledger,
      observation,
      limit: typeof concurrency === 'number' ? fixed(concurrency) : concurrency,
      learns: typeof concurrency !== 'number',
      succeeded: this.#succeeded,
      failed: this.#failed,
      straggled: () => this.queue.pump(),
      measured: (nowMs) => oversight.measured(1000 * this.admission.ratePerMs(nowMs), nowMs),
      limitFailed: (error) => teller.warn(`the concurrency limit threw: ${inOneLine(error)}`),
    })
  }

  #wait(jobs: readonly Job<T, R>[], terms: WaitTerms, answer: Answer | undefined): Refused | undefined {
    if (!answer) return refuse('ERR_QUEUE_FULL', this.admission.nextPlaceMs())
    const refusal = this.queue.intake.wait(jobs, terms, answer)
    this.#tendPacer()
    return refusal
  }

  /**
   * Whether a newcomer would start at once, and needs no place. Those who wait for a retry may exceed the capacity by
   * as many as there are workers, and no more: a failing consumer pushes back.
   */
  readonly #handsOver = (): boolean => {
    const { ledger, capacity, intake } = this.queue
    const { queued, retrying, inFlight } = ledger
    if (this.#paused || queued > 0 || !this.workers.free) return false
    if (retrying > 0) {
      if (retrying + inFlight >= capacity.items + this.workers.limit) return false
      if (intake.weight > capacity.weight) return false
    }
    return this.#pacer?.ready ?? true
  }

  #mayHandOver(job: Job<T, R>): boolean {
    const { intake, capacity } = this.queue
    if (job.key !== undefined || intake.waiters > 0 || job.weight > capacity.weight) return false
    return this.#handsOver()
  }

  /** Starts a job that needs no place. */
  #handOver(job: Job<T, R>): void {
    const { ledger, observation } = this.queue
    this.#pacer?.take()
    ledger.received++
    ledger.accepted++
    observation.arrived(1)
    if (job.measured) job.queuedMs = observation.exactMs()
    this.workers.start(job)
  }

  readonly #startNext = (): boolean => {
    if (this.#paused || !this.workers.free) return false
    const job = this.#order.peek()
    if (!job) return false
    const reason = this.#tooLate(job)
    if (reason) return this.queue.intake.evict(job, reason)
    if (this.#pacer && !this.#pacer.take()) return false
    this.queue.next()
    this.workers.start(job)
    return true
  }

  /** Without a queue nobody needs a token, but those who wait for a worker and find no place to do so. */
  readonly #tendPacer = (): void => {
    if (!this.#pacer || this.#order.size > 0) return
    if (this.queue.intake.waiters > 0 && !this.#paused && this.workers.free) this.#pacer.awaitToken()
    else this.#pacer.rest()
  }

  #tooLate(job: Job<T, R>): EvictReason | undefined {
    const { budget } = job
    if (!this.#bounded && !budget) return undefined
    const { observation } = this.queue
    const nowMs = observation.exactMs()
    if (nowMs - job.queuedMs > this.#options.maxQueueMs) return 'sojourn'
    if (!budget) return undefined
    if (nowMs >= budget.spentMs) return 'deadline'
    if (job.handedOver) return undefined
    const marginMs = LAST_CALL * observation.service.marginMs(budget.ms, nowMs)
    return nowMs + marginMs > budget.spentMs ? 'deadline' : undefined
  }

  /** Makes room by evicting from the head what can no longer be in time. */
  #sweep(): void {
    const { intake } = this.queue
    for (let job = this.#order.peek(); job; job = this.#order.peek()) {
      const reason = this.#tooLate(job)
      if (!reason) break
      intake.evict(job, reason)
    }
    intake.letIn()
  }

  #arrived(jobs: readonly Job<T, R>[]): void {
    this.queue.arrived(jobs.length)
    const handedOver = this.#handsOver()
    for (const job of jobs) {
      job.handedOver = handedOver
      if (job.budget) job.budget.spentMs = this.queue.observation.exactMs() + job.budget.ms
    }
  }

  readonly #placed = (job: Job<T, R>): void => {
    if (job.budget) this.#forecast.admitted(job.queuedMs)
    if (job.callerSignal) {
      job.callerListener = listenForAbort(job.callerSignal, (reason) => this.#callerAborted(job, reason))
    }
  }

  /** The caller of `run` gave up after its item had its place. It is told at once; the item leaves when it can. */
  #callerAborted(job: Job<T, R>, reason: unknown): void {
    job.aborted = true
    this.queue.teller.ended(job, reason)
    if (!this.queue.intake.evict(job, 'aborted')) {
      if (this.#retries?.remove(job)) this.queue.dropRetry(job, 'aborted')
      else job.attempt?.context?.abort(reason)
    }
    this.queue.pump()
  }

  readonly #succeeded = (job: Job<T, R>, result: R): void => {
    this.queue.ledger.delivered++
    if (job.key !== undefined) this.#order.release(job)
    this.queue.teller.delivered(job, result)
    this.queue.over(job)
    this.queue.pump()
  }

  readonly #failed = (job: Job<T, R>, error: unknown): void => {
    const { teller, ledger } = this.queue
    if (!this.#keepForRetry(job, error)) {
      ledger.failed++
      this.#order.release(job)
      teller.failed(job, error)
    }
    this.queue.pump()
  }

  /** Whether a job that failed is tried again. While that is asked it counts as retrying: the ledger holds at any instant. */
  #keepForRetry(job: Job<T, R>, error: unknown): boolean {
    const retries = this.#retries
    const { teller, intake } = this.queue
    if (!retries) return false
    intake.keepForRetry(job)
    const isKept = teller.guarded('retryIf', () => retries.allows(job, error)) === true
    if (isKept)
      retries.schedule(
        job,
        error,
        teller.guarded('random', () => retries.backoffMs(job)),
      )
    else intake.endRetry(job)
    return isKept
  }

  readonly #retryDue = (job: Job<T, R>): void => {
    job.handedOver = false
    this.queue.intake.requeue(job)
    this.queue.pump()
  }
}
