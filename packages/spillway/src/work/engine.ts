/**
 * The synchronous core of a `Processor`: it admits, starts, retries and ends
 * jobs, and tells by callbacks. Promises are added at the edge, in
 * `processor.ts`; a simulator uses this core through `Processor.submit`.
 *
 * Floor 4: imports `clock`, `concurrency`, `gate`, `options`, `queues`.
 */
import { fixed } from '../concurrency/fixed.ts'
import { CRITICALITIES, criticalityRank } from '../gate/criticality.ts'
import { OptionError, show } from '../options/option-error.ts'
import { type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { listenForAbort } from '../queues/abort-fan.ts'
import { type Capacity, resolveCapacity } from './capacity.ts'
import { Forecast } from './forecast.ts'
import { Intake } from './intake.ts'
import { type Ending, Job, type JobTraits } from './job.ts'
import { ByKey } from './key-lanes.ts'
import { type EvictReason, Ledger } from './ledger.ts'
import type { Answer } from './newcomer.ts'
import { Observation } from './observation.ts'
import { Pacer } from './pacer.ts'
import type { ResolvedProcessorOptions } from './processor-options.ts'
import { type Refused, refuse, removalError } from './refusals.ts'
import { Retries } from './retries.ts'
import { ByCriticality, type ServiceOrder } from './service-order.ts'
import { inOneLine, Warnings } from './warning.ts'
import { Workers } from './workers.ts'

const OWNER = 'Processor'
const DEFAULT_RANK = criticalityRank('critical')

/** A queue with workers, without promises. */
export class Engine<T, R> {
  readonly ledger: Ledger = new Ledger()
  readonly observation: Observation
  readonly capacity: Capacity
  readonly workers: Workers<T, R>
  readonly intake: Intake<T, R>
  readonly #options: ResolvedProcessorOptions<T, R>
  readonly #order: ServiceOrder<T, R>
  readonly #forecast: Forecast
  readonly #pacer: Pacer | undefined
  readonly #retries: Retries<T, R> | undefined
  readonly #warnings = new Warnings(OWNER)
  readonly #learns: boolean
  readonly #bounded: boolean
  #paused = false
  #pumping = false
  /** Called whenever nothing is left to do. */
  onIdle: (() => void) | undefined

  constructor(options: ResolvedProcessorOptions<T, R>) {
    const { clock, concurrency, random, retry, startRate } = options
    this.#options = options
    this.#learns = typeof concurrency !== 'number'
    this.#bounded = options.maxQueueMs !== Number.POSITIVE_INFINITY
    this.observation = new Observation(clock)
    this.capacity = resolveCapacity(OWNER, options.capacity, options.weigh !== undefined)
    this.#order = options.orderBy ? new ByKey() : new ByCriticality()
    this.#forecast = new Forecast(this.observation.service)
    this.#pacer = startRate && new Pacer(startRate, clock, () => this.pump())
    this.#retries = retry && new Retries(OWNER, retry, { clock, random, due: this.#retryDue })
    this.workers = new Workers({
      ...options,
      limit: typeof concurrency === 'number' ? fixed(concurrency) : concurrency,
      learns: this.#learns,
      ledger: this.ledger,
      observation: this.observation,
      succeeded: this.#succeeded,
      failed: this.#failed,
      straggled: () => this.pump(),
      limitFailed: (error) => this.#warn(`the concurrency limit threw: ${inOneLine(error)}`),
    })
    this.intake = new Intake({
      ...options,
      order: this.#order,
      capacity: this.capacity,
      ledger: this.ledger,
      workerFree: () => this.#handsOver(),
      placed: this.#placed,
      evicted: this.#evicted,
      refusedLate: this.#sawDrops,
    })
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Whether nothing waits, is queued, in flight or between two attempts. */
  get idle(): boolean {
    const { waiting, queued, inFlight, retrying } = this.ledger
    return waiting + queued + inFlight + retrying === 0
  }

  /** Completions per millisecond that can be counted on now; `Infinity` while unknown. */
  ratePerMs(nowMs: number): number {
    const workersPerMs = this.observation.service.ratePerMs(this.workers.limit, nowMs)
    return this.#pacer ? Math.min(workersPerMs, this.#pacer.ratePerMs) : workersPerMs
  }

  /** Makes a job of an item, asking the user's functions about it. Touches nothing. */
  job(item: T, wait: WaitOptions, ending: Ending<R> | undefined): Job<T, R> {
    const job = new Job(item, this.#traits(item), ending)
    job.measured = this.#learns || this.#bounded || this.observation.measureNext()
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
   * @param alwaysBlock - whether they wait whatever `whenFull` says
   * @returns `undefined` when accepted, `'waiting'` when `answer` will be told, or the refusal
   */
  admit(
    jobs: readonly Job<T, R>[],
    wait: WaitOptions,
    edge: { readonly answer?: Answer; readonly alwaysBlock?: boolean },
  ): Refused | 'waiting' | undefined {
    const boundMs = waitBoundMs(OWNER, wait)
    this.#arrived(jobs)
    const blocks = this.#options.whenFull === 'block' || edge.alwaysBlock === true
    const ask = askOf(jobs, boundMs, edge.answer !== undefined && blocks)
    if (!this.intake.hasRoom(ask.places, ask.weight)) this.#sweep()
    let verdict = this.judge(ask) ?? this.intake.take(jobs, blocks)
    if (verdict === 'must-wait') {
      if (!edge.answer) verdict = refuse('ERR_QUEUE_FULL', this.#nextPlaceMs())
      else verdict = this.intake.wait(jobs, { boundMs, signal: wait.signal }, edge.answer) ?? 'waiting'
    }
    if (verdict === 'waiting') return verdict
    if (verdict) this.#refuse(verdict, jobs.length)
    else this.pump()
    return verdict
  }

  /** Whether newcomers would be refused on arrival. Counts and touches nothing. */
  judge(ask: EngineAsk): Refused | undefined {
    if (this.intake.closed) return refuse('ERR_CLOSED')
    if (this.intake.exceeds(ask.places, ask.weight)) return refuse('ERR_COST_EXCEEDS_BURST')
    if (this.workers.overstayed) return refuse('ERR_CONCURRENCY_LIMITED')
    if (this.ledger.queued >= this.#options.shedAboveDepth) return refuse('ERR_SHED', this.#nextPlaceMs())
    const mustWait = ask.mayWait && ask.boundMs > 0 && !this.intake.hasRoom(ask.places, ask.weight)
    if (mustWait && this.intake.waitersFull) return refuse('ERR_TOO_MANY_WAITING', this.#nextPlaceMs())
    return this.#predict(ask, mustWait)
  }

  /** The refusal that newcomers would meet on arrival, the queue being full included. Counts and touches nothing. */
  early(ask: Omit<EngineAsk, 'mayWait'>): Refused | undefined {
    const mayWait = this.#options.whenFull === 'block'
    const refusal = this.judge({ ...ask, mayWait })
    if (refusal || this.intake.hasRoom(ask.places, ask.weight)) return refusal
    if (mayWait) return ask.boundMs > 0 ? undefined : refuse('ERR_WAIT_TIMEOUT', this.#nextPlaceMs())
    const taken = this.intake.canEvictFor(ask.places, ask.weight, ask.rank)
    return taken ? undefined : refuse('ERR_QUEUE_FULL', this.#nextPlaceMs())
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

  #predict(ask: EngineAsk, mustWait: boolean): Refused | undefined {
    const { boundMs, budgetMs } = ask
    if (boundMs === Number.POSITIVE_INFINITY && budgetMs === Number.POSITIVE_INFINITY) return undefined
    if (budgetMs <= 0) return refuse('ERR_BUDGET_UNREACHABLE')
    if ((!mustWait && budgetMs === Number.POSITIVE_INFINITY) || this.#handsOver()) return undefined
    const nowMs = this.observation.exactMs()
    const arrival = {
      beforePlace: mustWait ? this.ledger.waiting + ask.places : 0,
      ahead: this.#order.ahead(ask.rank) + this.ledger.waiting,
      boundMs,
      budgetMs,
      ratePerMs: this.ratePerMs(nowMs),
    }
    const lateMs = this.#forecast.lateByMs(arrival, nowMs)
    return lateMs > 0 ? refuse('ERR_BUDGET_UNREACHABLE', lateMs) : undefined
  }

  #traits(item: T): JobTraits {
    const { weigh, criticality, orderBy } = this.#options
    const weight = weigh ? weigh(item) : 1
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      const problem = `"weigh" must return a finite number of at least 0, got ${show(weight)}`
      throw new OptionError(OWNER, 'weigh', problem)
    }
    const rank = criticality ? criticalityRank(criticality(item)) : DEFAULT_RANK
    if (rank < 0) {
      const problem = `"criticality" must return one of ${CRITICALITIES.join(', ')}, got ${show(criticality?.(item))}`
      throw new OptionError(OWNER, 'criticality', problem)
    }
    return { weight, rank, key: orderBy?.(item) }
  }

  /** Whether a newcomer would start at once. */
  #handsOver(): boolean {
    if (this.#paused || this.ledger.queued > 0 || !this.workers.free) return false
    return this.#pacer?.ready ?? true
  }

  #nextPlaceMs(): number | undefined {
    const perMs = this.ratePerMs(this.observation.exactMs())
    return perMs === Number.POSITIVE_INFINITY ? undefined : (this.ledger.waiting + 1) / perMs
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
    const { maxQueueMs } = this.#options
    if (!this.#bounded && job.spentMs === Number.POSITIVE_INFINITY) return undefined
    const nowMs = this.observation.exactMs()
    if (nowMs - job.queuedMs > maxQueueMs) return 'sojourn'
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
    this.ledger.received += jobs.length
    const first = jobs[0]
    if (first) first.handedOver = this.#handsOver()
    for (const job of jobs) {
      this.observation.bins.arrived(this.observation.roughMs())
      if (job.budgetMs !== Number.POSITIVE_INFINITY) job.spentMs = this.observation.exactMs() + job.budgetMs
    }
  }

  #refuse(refusal: Refused, count: number): void {
    this.ledger.refused[refusal.code] += count
    this.#sawDrops(count)
  }

  readonly #sawDrops = (count: number): void => {
    const nowMs = this.observation.roughMs()
    for (let i = 0; i < count; i++) this.observation.bins.dropped(nowMs)
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
    const { observation } = this
    observation.bins.queued(observation.roughMs(), this.ledger.queued)
    if (reason !== 'purged') this.#sawDrops(1)
    if (reason !== 'aborted') this.#tellFailed(job, removalError(OWNER, reason))
    job.forgetSignal()
    const { onEvict } = this.#options
    if (onEvict) this.#guarded('onEvict', () => onEvict(job.item, reason))
  }

  /** The caller of `run` gave up after its item had its place. It is told at once; the item leaves when it can. */
  #callerAborted(job: Job<T, R>, reason: unknown): void {
    job.abortListener = undefined
    job.aborted = true
    this.#tellFailed(job, reason)
    if (this.intake.evict(job, 'aborted')) {
      this.intake.letIn()
      this.pump()
    } else if (this.#retries?.has(job)) {
      this.#dropRetry(job, 'aborted')
      this.intake.letIn()
      this.pump()
    } else {
      job.context?.abort(reason)
    }
  }

  readonly #succeeded = (job: Job<T, R>, result: R): void => {
    this.ledger.delivered++
    job.forgetSignal()
    this.#order.release(job)
    const { ending } = job
    job.ending = undefined
    ending?.delivered(result)
    this.pump()
  }

  readonly #failed = (job: Job<T, R>, error: unknown): void => {
    if (this.#triesAgain(job, error)) {
      this.intake.keepForRetry(job)
      this.#retries?.schedule(job, error)
    } else {
      this.ledger.failed++
      job.forgetSignal()
      this.#order.release(job)
      this.#tellFinal(job, error)
    }
    this.pump()
  }

  #triesAgain(job: Job<T, R>, error: unknown): boolean {
    let again = false
    this.#guarded('retryIf', () => {
      again = this.#retries?.allows(job, error) ?? false
    })
    return again
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

  #tellFinal(job: Job<T, R>, error: unknown): void {
    const { onError } = this.#options
    const callerKnows = job.ending !== undefined || job.aborted
    this.#tellFailed(job, error)
    if (onError) this.#guarded('onError', () => onError(error, job.item, { attempts: job.attempt }))
    else if (!callerKnows) this.#warn(`an item failed for good, and there is no onError: ${inOneLine(error)}`)
  }

  #tellFailed(job: Job<T, R>, error: unknown): void {
    const { ending } = job
    job.ending = undefined
    ending?.failed(error)
  }

  /** Calls a function of the user, which may throw. */
  #guarded(name: string, call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#warn(`${name} threw: ${inOneLine(error)}`)
    }
  }

  #warn(message: string): void {
    this.#warnings.warn(message, this.observation.exactMs())
  }
}

/** What newcomers ask for, in numbers. */
export interface EngineAsk {
  readonly places: number
  readonly weight: number
  /** That of the most demanding of them. */
  readonly rank: number
  readonly boundMs: number
  readonly budgetMs: number
  /** Whether they may wait for their places. */
  readonly mayWait: boolean
}

function askOf<T, R>(jobs: readonly Job<T, R>[], boundMs: number, mayWait: boolean): EngineAsk {
  let weight = 0
  let rank = 0
  let budgetMs = Number.POSITIVE_INFINITY
  for (const job of jobs) {
    weight += job.weight
    if (job.rank > rank) rank = job.rank
    if (job.budgetMs < budgetMs) budgetMs = job.budgetMs
  }
  return { places: jobs.length, weight, rank, boundMs, budgetMs, mayWait }
}
