/**
 * A bounded queue with its ledger, its eyes and its voice. Who works on it,
 * item by item or in batches, is the business of `Engine` and `Collector`.
 *
 * Floor 4: imports `clock`, `insight`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import type { Diagnosis } from '../insight/diagnosis.ts'
import type { DiagnoseOptions } from '../insight/queue-facts.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import { type Capacity, type CapacityOption, resolveCapacity } from './capacity.ts'
import { IdleWaiters } from './idle-waiters.ts'
import { Intake, type WhenFull } from './intake.ts'
import { type Ending, Job } from './job.ts'
import { type EvictReason, Ledger } from './ledger.ts'
import { Observation } from './observation.ts'
import { Oversight } from './oversight.ts'
import type { Refused } from './refusals.ts'
import type { ServiceOrder } from './service-order.ts'
import { type Listeners, Teller } from './teller.ts'
import { PLAIN, type TraitFunctions, traitsOf } from './traits.ts'

/** What a queue is made of: options of its owner, checked by it. */
export interface QueueOptions<T> extends Listeners<T>, TraitFunctions<T> {
  readonly clock: Clock
  readonly capacity: CapacityOption
  readonly whenFull: WhenFull
  readonly maxWaiting: number
  readonly onOverload?: ((diagnosis: Diagnosis) => void) | undefined
  readonly patienceMs: number
}

/** Those who work on a queue. */
export interface QueueWork<T, R> {
  readonly order: ServiceOrder<T, R>
  /** Whether a newcomer would start at once, and needs no place. */
  readonly handsOver: () => boolean
  /** Starts the next piece of work, if there is one and it may start; whether it did. */
  readonly startNext: () => boolean
  /** Nothing more can start now. */
  readonly rested: () => void
  /** A job got its place. */
  readonly placed: (job: Job<T, R>) => void
  /** When the next place is expected, in milliseconds from now; `undefined` when unknown. */
  readonly nextPlaceMs: () => number | undefined
  /** The workers, as a diagnosis wants to know them. */
  readonly workers: () => Pick<DiagnoseOptions, 'workers' | 'startRatePerSecond'>
}

/** So many jobs are kept to be used again. */
const MAX_SPARES = 64

/** Places, counts, observations and announcements of one queue. */
export class BoundedQueue<T, R> {
  readonly ledger: Ledger = new Ledger()
  readonly observation: Observation
  readonly capacity: Capacity
  readonly teller: Teller<T, R>
  readonly oversight: Oversight
  readonly intake: Intake<T, R>
  readonly #owner: string
  readonly #options: QueueOptions<T>
  readonly #work: QueueWork<T, R>
  readonly #idle: IdleWaiters
  /** Jobs to be used again: making one costs as much as all the rest of a hand-over. `npm run bench -- tasks`. */
  readonly #spares: Job<T, R>[] = []
  #pumping = false

  /**
   * @param owner - the class that speaks in messages
   * @throws OptionError when the capacity is out of its range
   */
  constructor(owner: string, options: QueueOptions<T>, work: QueueWork<T, R>) {
    const { clock, onOverload, patienceMs } = options
    this.#owner = owner
    this.#options = options
    this.#work = work
    this.#idle = new IdleWaiters(clock)
    this.observation = new Observation(clock)
    this.capacity = resolveCapacity(owner, options.capacity, options.weigh !== undefined)
    this.teller = new Teller(owner, options, () => this.observation.exactMs())
    const { ledger, observation, capacity, teller } = this
    this.oversight = new Oversight({
      clock,
      onOverload,
      patienceMs,
      observation,
      capacity,
      teller,
      workers: work.workers,
    })
    this.intake = new Intake({
      ...work,
      clock,
      ledger,
      capacity,
      whenFull: options.whenFull,
      maxWaiting: options.maxWaiting,
      placed: this.#placed,
      evicted: this.#evicted,
      refusedLate: this.oversight.dropped,
      lineMoved: () => this.pump(),
    })
  }

  /** Whether nothing waits, is queued, in flight or between two attempts. */
  get isIdle(): boolean {
    const { waiting, queued, inFlight, retrying } = this.ledger
    return waiting + queued + inFlight + retrying === 0
  }

  /** Makes a job of an item, asking the user's functions about it. Touches nothing. */
  job(item: T, ending: Ending<R> | undefined): Job<T, R> {
    const traits = traitsOf(this.#owner, this.#options, item)
    const spare = this.#spares.pop()
    if (!spare) return new Job(item, traits, ending)
    spare.item = item
    spare.traits = traits
    spare.ending = ending
    return spare
  }

  /** A job that was used before, for an item without traits of its own; `undefined` when there is none. */
  plainJob(item: T): Job<T, R> | undefined {
    const spare = this.#spares.pop()
    if (!spare) return undefined
    spare.item = item
    spare.traits = PLAIN
    return spare
  }

  /** Nothing refers to a job any more that was delivered: it may be used again, and keeps nothing of its item alive. */
  over(job: Job<T, R>): void {
    if (this.#spares.length >= MAX_SPARES) return
    job.clear()
    this.#spares.push(job)
  }

  /** So many newcomers came: they are received. */
  arrived(count: number): void {
    this.ledger.received += count
    this.observation.arrived(count)
    this.observation.roughMs()
  }

  /** So many newcomers are refused. */
  refuse(refusal: Refused, count: number): void {
    this.ledger.refused[refusal.code] += count
    this.oversight.dropped(refusal.code, count)
  }

  /** Takes the next job in the order of service. */
  next(): Job<T, R> | undefined {
    const job = this.intake.next()
    if (job) this.#recordDepth()
    return job
  }

  /** A job that waited for its next attempt will not have it. Its key goes on. */
  dropRetry(job: Job<T, R>, reason: 'purged' | 'aborted'): void {
    this.intake.endRetry(job)
    if (reason === 'purged') this.ledger.purged++
    else this.ledger.evicted.aborted++
    this.#work.order.release(job)
    this.#evicted(job, reason)
  }

  /** Lets in those who wait, where there is room, and starts what can be started. Whatever has changed, call it last. */
  pump(): void {
    if (this.#pumping) return
    const { queued, waiting, retrying, inFlight } = this.ledger
    if (queued + waiting + retrying > 0) this.#startAll()
    else if (inFlight > 0) return
    this.#work.rested()
    if (!this.isIdle) return
    if (this.intake.closed) this.oversight.conclude()
    this.#idle.wake()
  }

  #startAll(): void {
    this.#pumping = true
    try {
      do this.intake.letIn()
      while (this.#work.startNext())
    } finally {
      this.#pumping = false
    }
  }

  /** Resolves when nothing is left. */
  drain(wait: WaitOptions): Promise<void> {
    return this.#idle.wait(this.isIdle, wait)
  }

  #recordDepth(): void {
    const { observation } = this
    observation.bins.queued(observation.roughMs(), this.ledger.queued)
  }

  readonly #placed = (job: Job<T, R>): void => {
    const { observation } = this
    job.queuedMs = job.measured ? observation.exactMs() : observation.roughMs()
    observation.bins.queued(job.queuedMs, this.ledger.queued)
    this.#work.placed(job)
  }

  readonly #evicted = (job: Job<T, R>, reason: EvictReason | 'purged'): void => {
    this.#recordDepth()
    this.oversight.dropped(reason, 1)
    this.teller.evicted(job, reason)
  }
}
