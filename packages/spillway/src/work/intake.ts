/**
 * The bounded intake of a queue: who gets a place, who waits for one, who is
 * refused, and who is evicted for whom.
 *
 * Synchronous, with callbacks. Nobody overtakes those who wait. A batch gets
 * its places together or not at all.
 *
 * Floor 4: imports `clock`, `queues`.
 */
import type { Clock } from '../clock/clock.ts'
import { WaitList } from '../queues/wait-list.ts'
import { Batch, totalWeight } from './batch.ts'
import type { Capacity } from './capacity.ts'
import type { Job } from './job.ts'
import type { EvictReason, Ledger, QueueRefusal } from './ledger.ts'
import type { Answer, Newcomer, WaitEnded } from './newcomer.ts'
import { type Refused, refuse } from './refusals.ts'
import type { ServiceOrder } from './service-order.ts'

/** What happens to a newcomer that finds no place. */
export type WhenFull = 'block' | 'reject' | 'drop-oldest' | 'drop-lowest'

/** What an intake stands on, and whom it tells. */
export interface IntakeOptions<T, R> {
  readonly clock: Clock
  readonly order: ServiceOrder<T, R>
  readonly capacity: Capacity
  readonly whenFull: WhenFull
  readonly maxWaiting: number
  readonly ledger: Ledger
  /** Whether a newcomer would start at once: then it needs no place. */
  readonly handsOver: () => boolean
  /** A job got its place; called before `accepted` is answered. */
  readonly placed: (job: Job<T, R>) => void
  /** A job with a place was removed. */
  readonly evicted: (job: Job<T, R>, reason: EvictReason | 'purged') => void
  /** Newcomers that had waited were refused. */
  readonly refusedLate: (code: QueueRefusal, count: number) => void
  /** Somebody gave up waiting: those behind may need less room. `letIn` is to be called. */
  readonly lineMoved: () => void
  /** When the next place is expected, in milliseconds from now; `undefined` when unknown. */
  readonly nextPlaceMs: () => number | undefined
}

/** How long one ask may wait. */
export interface WaitTerms {
  /** Milliseconds; 0 not to wait at all. */
  readonly boundMs: number
  readonly signal: AbortSignal | undefined
}

/** Places, and the waiters for them. */
export class Intake<T, R> {
  readonly #options: IntakeOptions<T, R>
  readonly #order: ServiceOrder<T, R>
  readonly #ledger: Ledger
  readonly #waiters: WaitList<Newcomer<Job<T, R>>>
  /** Weight of the jobs that hold a place. */
  #weight = 0
  #closed = false

  constructor(options: IntakeOptions<T, R>) {
    this.#options = options
    this.#order = options.order
    this.#ledger = options.ledger
    this.#waiters = new WaitList(options.clock, options.maxWaiting)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Weight of the jobs that hold a place. */
  get weight(): number {
    return this.#weight
  }

  /** How many callers wait. */
  get waiters(): number {
    return this.#waiters.size
  }

  /** Whether no more callers may wait. */
  get waitersFull(): boolean {
    return this.#waiters.isFull
  }

  /** Whether so many places and so much weight are free, with nobody waiting for them. */
  hasRoom(places: number, weight: number): boolean {
    return this.#waiters.size === 0 && this.#fits(places, weight)
  }

  /** Whether the ask is larger than the whole queue. */
  exceeds(places: number, weight: number): boolean {
    const { capacity } = this.#options
    return weight > capacity.weight || places > Math.max(1, capacity.mostItems)
  }

  /** Gives one job its place if that can be done at once, waiting and evicting nobody. */
  takeAtOnce(job: Job<T, R>): boolean {
    if (!this.hasRoom(1, job.weight)) return false
    this.#place(job)
    return true
  }

  /**
   * Gives all the jobs their places at once, evicting others where `whenFull` says so.
   *
   * @param blocks - whether they may wait, whatever `whenFull` says
   * @param answer - told when they have their places, before anybody hears of an eviction
   * @returns `undefined` when they have their places, `'must-wait'` when `wait` is to be called, or the refusal
   */
  take(jobs: readonly Job<T, R>[], blocks: boolean, answer?: Answer): Refused | 'must-wait' | undefined {
    const weight = totalWeight(jobs)
    let victims: readonly Job<T, R>[] = []
    const rank = leastImportant(jobs)
    if (!this.hasRoom(jobs.length, weight)) {
      if (blocks) return 'must-wait'
      if (this.#waiters.size > 0 || !this.canEvictFor(jobs.length, weight, rank)) {
        return refuse('ERR_QUEUE_FULL', this.#options.nextPlaceMs())
      }
      victims = this.#makeRoom(jobs.length, weight, rank)
    }
    for (const job of jobs) this.#place(job)
    const reason = this.#evictsBelow(rank) < 0 ? 'full' : 'priority'
    this.#count(victims, reason)
    // First: those who hear of an eviction may call the queue again, and end these very jobs.
    answer?.accepted()
    for (const victim of victims) this.#options.evicted(victim, reason)
    return undefined
  }

  /** Puts an ask at the end of those that wait, or refuses it. `answer` is told once. */
  wait(jobs: readonly Job<T, R>[], terms: WaitTerms, answer: Answer): Refused | undefined {
    if (terms.boundMs <= 0) return refuse('ERR_WAIT_TIMEOUT', this.#options.nextPlaceMs())
    if (this.#waiters.isFull) return refuse('ERR_TOO_MANY_WAITING', this.#options.nextPlaceMs())
    if (terms.signal?.aborted) {
      // By a function of the user that was called since the call began.
      this.#ledger.abandoned += jobs.length
      answer.abandoned(terms.signal.reason)
      return undefined
    }
    const [job] = jobs
    const newcomer = job && jobs.length === 1 ? job : new Batch(jobs)
    newcomer.answer = answer
    newcomer.waitEnded = this.#waitEnded
    this.#ledger.waiting += newcomer.places
    this.#waiters.add(newcomer, terms.boundMs, terms.signal)
    return undefined
  }

  /** Takes the next job in the order of service; its place is free. */
  next(): Job<T, R> | undefined {
    const job = this.#order.next()
    if (job) this.#left(job)
    return job
  }

  /** A job that failed waits for its next attempt, and holds a place meanwhile. */
  keepForRetry(job: Job<T, R>): void {
    this.#ledger.retrying++
    this.#weight += job.weight
  }

  /** A job's next attempt is due: it is first in line. */
  requeue(job: Job<T, R>): void {
    this.#ledger.retrying--
    this.#ledger.queued++
    this.#order.addFirst(job)
  }

  /** A job no longer waits for its next attempt: its place is free. */
  endRetry(job: Job<T, R>): void {
    this.#ledger.retrying--
    this.#lighten(job)
  }

  /** Removes a queued job, and counts why. */
  evict(job: Job<T, R>, reason: EvictReason | 'purged'): boolean {
    if (!this.#order.remove(job)) return false
    this.#left(job)
    this.#evicted([job], reason)
    return true
  }

  /** Lets in who fits, first come first served. Call it when places may have come free. */
  letIn(): void {
    for (let first = this.#waiters.first; first; first = this.#waiters.first) {
      if (!this.#fits(first.places, first.weight)) return
      this.#waiters.remove(first)
      const answer = this.#answerOf(first)
      first.eachJob(this.#place)
      answer?.accepted()
    }
  }

  /** Refuses everyone who waits, and every newcomer from now on. What has its place stays. */
  close(): void {
    this.#closed = true
    for (let first = this.#waiters.shift(); first; first = this.#waiters.shift()) {
      this.#refuseLate(first, refuse('ERR_CLOSED'))
    }
  }

  /** Removes every job that is queued now, and returns how many that were. */
  purge(): number {
    const purged: Job<T, R>[] = []
    for (let job = this.#order.lowestBelow(-1); job; job = this.#order.lowestBelow(-1)) {
      this.#order.remove(job)
      this.#left(job)
      purged.push(job)
    }
    this.#evicted(purged, 'purged')
    return purged.length
  }

  /** Whether evicting what `whenFull` allows would make room for newcomers of `rank`. */
  canEvictFor(places: number, weight: number, rank: number): boolean {
    const { capacity, whenFull } = this.#options
    if (whenFull !== 'drop-oldest' && whenFull !== 'drop-lowest') return false
    const floor = this.#evictsBelow(rank)
    const keptItems = this.#order.size - this.#order.countBelow(floor) + this.#ledger.retrying
    const keptWeight = keptItems === 0 ? 0 : this.#weight - this.#order.weightBelow(floor)
    return this.#holdsBeside(keptItems, places) && keptWeight + weight <= capacity.weight
  }

  /** Whether the items fit beside `held` others. A batch larger than a capacity that has shrunk gets an empty queue. */
  #holdsBeside(held: number, places: number): boolean {
    return held + places <= this.#options.capacity.items || (held === 0 && places > 1)
  }

  #fits(places: number, weight: number): boolean {
    const { capacity, handsOver } = this.#options
    const heldItems = this.#ledger.queued + this.#ledger.retrying
    if (this.#holdsBeside(heldItems, places) && this.#weight + weight <= capacity.weight) return true
    return places === 1 && this.#ledger.queued === 0 && weight <= capacity.weight && handsOver()
  }

  readonly #place = (job: Job<T, R>): void => {
    this.#weight += job.weight
    this.#ledger.accepted++
    this.#ledger.queued++
    this.#order.add(job)
    this.#options.placed(job)
  }

  #left(job: Job<T, R>): void {
    this.#ledger.queued--
    this.#lighten(job)
  }

  /** Fractions leave rounding errors behind; they are forgotten when nothing holds a place. */
  #lighten(job: Job<T, R>): void {
    const isEmpty = this.#ledger.queued + this.#ledger.retrying === 0
    this.#weight = isEmpty ? 0 : Math.max(0, this.#weight - job.weight)
  }

  /** Counts jobs that were removed, then tells: whoever is told may call the queue again. */
  #evicted(jobs: readonly Job<T, R>[], reason: EvictReason | 'purged'): void {
    this.#count(jobs, reason)
    for (const job of jobs) this.#options.evicted(job, reason)
  }

  #count(jobs: readonly Job<T, R>[], reason: EvictReason | 'purged'): void {
    if (reason === 'purged') this.#ledger.purged += jobs.length
    else this.#ledger.evicted[reason] += jobs.length
  }

  readonly #waitEnded: WaitEnded<Job<T, R>> = (newcomer, why, cause) => {
    if (why === 'timeout') {
      this.#refuseLate(newcomer, refuse('ERR_WAIT_TIMEOUT', this.#options.nextPlaceMs()))
    } else {
      const answer = this.#answerOf(newcomer)
      this.#ledger.abandoned += newcomer.places
      answer?.abandoned(cause)
    }
    this.#options.lineMoved()
  }

  #refuseLate(newcomer: Newcomer<Job<T, R>>, refusal: Refused): void {
    const answer = this.#answerOf(newcomer)
    this.#ledger.refused[refusal.code] += newcomer.places
    this.#options.refusedLate(refusal.code, newcomer.places)
    answer?.refused(refusal)
  }

  /** Takes the answer from a newcomer that waits no longer. */
  #answerOf(newcomer: Newcomer<Job<T, R>>): Answer | undefined {
    const { answer } = newcomer
    this.#ledger.waiting -= newcomer.places
    newcomer.answer = undefined
    newcomer.waitEnded = undefined
    return answer
  }

  /** Removes jobs until the newcomers fit, and returns them; ask `canEvictFor` first. */
  #makeRoom(places: number, weight: number, rank: number): readonly Job<T, R>[] {
    const floor = this.#evictsBelow(rank)
    const victims: Job<T, R>[] = []
    while (!this.#fits(places, weight)) {
      const victim = this.#order.lowestBelow(floor)
      if (!victim) break
      this.#order.remove(victim)
      this.#left(victim)
      victims.push(victim)
    }
    return victims
  }

  /** The rank below which items are evicted for a newcomer of `rank`. */
  #evictsBelow(rank: number): number {
    return this.#options.whenFull === 'drop-oldest' ? -1 : rank
  }
}

function leastImportant<T, R>(jobs: readonly Job<T, R>[]): number {
  let rank = 0
  for (const job of jobs) if (job.rank > rank) rank = job.rank
  return rank
}
