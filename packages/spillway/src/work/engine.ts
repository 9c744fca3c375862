/**
 * The synchronous core of a `Processor`: it admits, starts, retries and ends
 * jobs, and tells by callbacks. Promises are added at the edge, in
 * `processor.ts`; a simulator uses this core through `Processor.submit`.
 *
 * Floor 4: imports `concurrency`, `options`, `queues`.
 */
import { fixed } from '../concurrency/fixed.ts'
import { inOneLine } from '../errors/warning.ts'
import { type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { listenForAbort } from '../queues/abort-fan.ts'
import { Admission, askOf } from './admission.ts'
import { type Capacity, resolveCapacity } from './capacity.ts'
import { Forecast } from './forecast.ts'
import { Intake } from './intake.ts'
import { type Ending, Job } from './job.ts'
import { ByKey } from './key-lanes.ts'
import { type EvictReason, Ledger } from './ledger.ts'
import type { Answer } from './newcomer.ts'
import { Observation } from './observation.ts'
import { Oversight } from './oversight.ts'
import { Pacer } from './pacer.ts'
import type { ResolvedProcessorOptions } from './processor-options.ts'
import { type Refused, refuse } from './refusals.ts'
import { Retries } from './retries.ts'
import { ByCriticality, type ServiceOrder } from './service-order.ts'
import { Teller } from './teller.ts'
import { traitsOf } from './traits.ts'
import { Workers } from './workers.ts'

const OWNER = 'Processor'

/** A queue with workers, without promises. */
export class Engine<T, R> {
  readonly ledger: Ledger = new Ledger()
  readonly observation: Observation
  readonly capacity: Capacity
  readonly workers: Workers<T, R>
  readonly intake: Intake<T, R>
  readonly admission: Admission<T, R>
  readonly oversight: Oversight
  readonly #options: ResolvedProcessorOptions<T, R>
  readonly #order: ServiceOrder<T, R>
  readonly teller: Teller<T, R>
  readonly #forecast: Forecast
  readonly #pacer: Pacer | undefined
  readonly #retries: Retries<T, R> | undefined
  /** Whether every job's times are needed. */
  readonly #measuresAll: boolean
  /** Whether time bounds the sojourn in the queue. */
  readonly #bounded: boolean
  #paused = false
  #pumping = false
  /** Called whenever nothing is left to do. */
  onIdle: (() => void) | undefined

  constructor(options: ResolvedProcessorOptions<T, R>) {
    const { clock, concurrency, random, retry, startRate } = options
    this.#options = options
    this.#bounded = options.maxQueueMs !== Number.POSITIVE_INFINITY
    this.#measuresAll = this.#bounded || typeof concurrency !== 'number'
    this.observation = new Observation(clock)
    this.capacity = resolveCapacity(OWNER, options.capacity, options.weigh !== undefined)
    this.#order = options.orderBy ? new ByKey() : new ByCriticality()
    this.teller = new Teller(OWNER, options, () => this.observation.exactMs())
    this.#forecast = new Forecast(this.observation.service)
    this.#pacer = startRate && new Pacer(startRate, clock, () => this.pump())
    this.#retries = retry && new Retries(OWNER, retry, { clock, random, due: this.#retryDue })
    this.workers = this.#makeWorkers()
    this.oversight = this.#makeOversight()
    this.intake = this.#makeIntake()
    this.admission = new Admission({
      ...this.#parts(),
      intake: this.intake,
      workers: this.workers,
      forecast: this.#forecast,
      shedAboveDepth: options.shedAboveDepth,
      startsPerMs: this.#pacer?.ratePerMs ?? Number.POSITIVE_INFINITY,
      handsOver: () => this.#handsOver(),
    })
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Whether newcomers wait when the queue is full. */
  get blocks(): boolean {
    return this.#options.whenFull === 'block'
  }

  /** Whether nothing waits, is queued, in flight or between two attempts. */
  get idle(): boolean {
    const { waiting, queued, inFlight, retrying } = this.ledger
    return waiting + queued + inFlight + retrying === 0
  }

  /** Makes a job of an item, asking the user's functions about it. Touches nothing. */
  job(item: T, wait: WaitOptions, ending: Ending<R> | undefined): Job<T, R> {
    const job = new Job(item, traitsOf(OWNER, this.#options, item), ending)
    job.measured = this.#measuresAll || this.observation.measureNext()
    if (wait.finishWithinMs !== undefined) job.budgetMs = wait.finishWithinMs
    return job
  }

  /**
   * Gives one job its place if nothing stands against it: no prediction to make, nobody waiting, nobody to evict.
   * When `false`, nothing was counted: `admit` decides. `npm run bench -- tasks` shows that this short way pays.
   */
  admitAtOnce(job: Job<T, R>): boolean {
    if (
      job.budgetMs !== Number.POSITIVE_INFINITY ||
      this.intake.closed ||
      this.ledger.queued >= this.#options.shedAboveDepth ||
      this.workers.overstayed
    ) {
      return false
    }
    if (this.#mayHandOver(job)) this.#handOver(job)
    else if (this.intake.takeAtOnce(job)) this.observation.bins.arrived(this.observation.roughMs())
    else return false
    this.ledger.received++
    this.pump()
    return true
  }

  /**
   * Gives the jobs their places, together or not at all.
   *
   * @param answer - told later, once, if they must wait; without it they are refused instead
   * @param mustWait - whether they wait whatever `whenFull` says
   * @returns `undefined` when accepted, `'waiting'` when `answer` will be told, or the refusal
   */
  admit(
    jobs: readonly Job<T, R>[],
    wait: WaitOptions,
    { answer, mustWait = false }: { readonly answer?: Answer; readonly mustWait?: boolean },
  ): Refused | 'waiting' | undefined {
    const boundMs = waitBoundMs(OWNER, wait)
    this.#arrived(jobs)
    const mayWait = this.blocks && answer !== undefined
    const ask = askOf(jobs, boundMs, mustWait ? 'must' : mayWait ? 'may' : 'no')
    if (!this.intake.hasRoom(ask.places, ask.weight)) this.#sweep()
    const taken = this.admission.judge(ask) ?? this.intake.take(jobs, mustWait || this.blocks)
    if (taken === undefined) {
      this.pump()
      return undefined
    }
    const refusal = taken === 'must-wait' ? this.#wait(jobs, { boundMs, signal: wait.signal }, answer) : taken
    if (refusal) this.#refuse(refusal, jobs.length)
    return refusal ?? 'waiting'
  }

  /** Starts what can be started. */
  pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#startNext()) {}
    } finally {
      this.#pumping = false
    }
    if (this.#order.size === 0) this.#pacer?.rest()
    if (this.idle) this.onIdle?.()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.pump()
  }

  /** Removes everything queued and between attempts; what is in flight goes on. */
  purge(): number {
    let purged = this.intake.purge()
    for (let job = this.#retries?.first; job; job = this.#retries?.first) {
      this.#dropRetry(job, 'purged')
      purged++
    }
    this.intake.letIn()
    this.pump()
    return purged
  }

  #parts(): Pick<Engine<T, R>, 'ledger' | 'observation' | 'capacity'> & { order: ServiceOrder<T, R> } {
    return { ledger: this.ledger, observation: this.observation, capacity: this.capacity, order: this.#order }
  }

  #makeWorkers(): Workers<T, R> {
    const { concurrency } = this.#options
    return new Workers({
      ...this.#options,
      ...this.#parts(),
      limit: typeof concurrency === 'number' ? fixed(concurrency) : concurrency,
      learns: typeof concurrency !== 'number',
      succeeded: this.#succeeded,
      failed: this.#failed,
      straggled: () => this.pump(),
      measured: (nowMs) => {
        if (this.oversight.measured(1000 * this.admission.ratePerMs(nowMs), nowMs)) this.intake.letIn()
      },
      limitFailed: (error) => this.teller.warn(`the concurrency limit threw: ${inOneLine(error)}`),
    })
  }

  #makeOversight(): Oversight {
    const startRatePerSecond = this.#pacer && this.#pacer.ratePerMs * 1000
    return new Oversight({
      ...this.#parts(),
      clock: this.#options.clock,
      onOverload: this.#options.onOverload,
      workers: () => ({ workers: this.workers.limit, startRatePerSecond }),
      guarded: (name, call) => this.teller.guarded(name, call),
      warn: (message) => this.teller.warn(message),
    })
  }

  #makeIntake(): Intake<T, R> {
    return new Intake({
      ...this.#options,
      ...this.#parts(),
      workerFree: () => this.#handsOver(),
      placed: this.#placed,
      evicted: this.#evicted,
      refusedLate: this.oversight.dropped,
      nextPlaceMs: () => this.admission.nextPlaceMs(),
    })
  }

  #wait(
    jobs: readonly Job<T, R>[],
    terms: { readonly boundMs: number; readonly signal: AbortSignal | undefined },
    answer: Answer | undefined,
  ): Refused | undefined {
    if (!answer) return refuse('ERR_QUEUE_FULL', this.admission.nextPlaceMs())
    return this.intake.wait(jobs, terms, answer)
  }

  /** Whether a newcomer would start at once. */
  #handsOver(): boolean {
    if (this.#paused || this.ledger.queued > 0 || !this.workers.free) return false
    return this.#pacer?.ready ?? true
  }

  #mayHandOver(job: Job<T, R>): boolean {
    if (job.key !== undefined || this.intake.waiters > 0 || job.weight > this.capacity.weight) return false
    return this.#handsOver()
  }

  /** Starts a job that needs no place. */
  #handOver(job: Job<T, R>): void {
    this.#pacer?.take()
    this.ledger.accepted++
    job.queuedMs = job.measured ? this.observation.exactMs() : this.observation.roughMs()
    this.observation.bins.arrived(job.queuedMs)
    this.workers.start(job)
  }

  #startNext(): boolean {
    if (this.#paused || !this.workers.free) return false
    // With a capacity of 0 there is no place to come free: a free worker is what those who wait need.
    if (this.#order.size === 0) this.intake.letIn()
    const job = this.#order.peek()
    if (!job) return false
    const reason = this.#tooLate(job)
    if (reason) {
      this.intake.evict(job, reason)
    } else {
      if (this.#pacer && !this.#pacer.take()) return false
      this.intake.next()
      this.workers.start(job)
    }
    this.intake.letIn()
    return true
  }

  #tooLate(job: Job<T, R>): EvictReason | undefined {
    if (!this.#bounded && job.spentMs === Number.POSITIVE_INFINITY) return undefined
    const nowMs = this.observation.exactMs()
    if (nowMs - job.queuedMs > this.#options.maxQueueMs) return 'sojourn'
    if (nowMs >= job.spentMs) return 'deadline'
    if (job.handedOver) return undefined
    const marginMs = this.observation.service.marginMs(job.budgetMs, nowMs)
    return nowMs + marginMs > job.spentMs ? 'deadline' : undefined
  }

  /** Makes room by evicting from the head what can no longer be in time. */
  #sweep(): void {
    for (let job = this.#order.peek(); job; job = this.#order.peek()) {
      const reason = this.#tooLate(job)
      if (!reason) break
      this.intake.evict(job, reason)
    }
    this.intake.letIn()
  }

  #arrived(jobs: readonly Job<T, R>[]): void {
    const { observation } = this
    this.ledger.received += jobs.length
    const handsOver = this.#handsOver()
    for (const job of jobs) {
      job.handedOver = handsOver
      observation.bins.arrived(observation.roughMs())
      if (job.budgetMs !== Number.POSITIVE_INFINITY) job.spentMs = observation.exactMs() + job.budgetMs
    }
  }

  #refuse(refusal: Refused, count: number): void {
    this.ledger.refused[refusal.code] += count
    this.oversight.dropped(count)
  }

  readonly #placed = (job: Job<T, R>): void => {
    const { observation } = this
    job.queuedMs = job.measured ? observation.exactMs() : observation.roughMs()
    observation.bins.queued(job.queuedMs, this.ledger.queued)
    if (job.budgetMs !== Number.POSITIVE_INFINITY) this.#forecast.admitted(job.queuedMs)
    if (job.callerSignal) {
      job.abortListener = listenForAbort(job.callerSignal, (reason) => this.#callerAborted(job, reason))
    }
  }

  readonly #evicted = (job: Job<T, R>, reason: EvictReason | 'purged'): void => {
    this.observation.bins.queued(this.observation.roughMs(), this.ledger.queued)
    if (reason !== 'purged') this.oversight.dropped(1)
    this.teller.evicted(job, reason)
  }

  /** The caller of `run` gave up after its item had its place. It is told at once; the item leaves when it can. */
  #callerAborted(job: Job<T, R>, reason: unknown): void {
    job.aborted = true
    this.teller.ended(job, reason)
    if (this.intake.evict(job, 'aborted')) {
      this.intake.letIn()
    } else if (this.#retries?.has(job)) {
      this.#dropRetry(job, 'aborted')
      this.intake.letIn()
    } else {
      job.context?.abort(reason)
    }
    this.pump()
  }

  readonly #succeeded = (job: Job<T, R>, result: R): void => {
    this.ledger.delivered++
    this.#order.release(job)
    this.teller.delivered(job, result)
    this.pump()
  }

  readonly #failed = (job: Job<T, R>, error: unknown): void => {
    if (this.teller.guarded('retryIf', () => this.#retries?.allows(job, error))) {
      this.intake.keepForRetry(job)
      this.#retries?.schedule(job, error)
    } else {
      this.ledger.failed++
      this.#order.release(job)
      this.teller.failed(job, error)
    }
    this.pump()
  }

  readonly #retryDue = (job: Job<T, R>): void => {
    job.handedOver = false
    this.intake.requeue(job)
    this.pump()
  }

  #dropRetry(job: Job<T, R>, reason: 'purged' | 'aborted'): void {
    this.#retries?.remove(job)
    this.intake.dropRetry(job)
    if (reason === 'purged') this.ledger.purged++
    else this.ledger.evicted.aborted++
    this.#order.release(job)
    this.#evicted(job, reason)
  }
}
