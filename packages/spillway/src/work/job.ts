/**
 * One item on its way through a queue.
 *
 * Floor 4: imports `queues`.
 */
import { type AbortListener, stopListening } from '../queues/abort-fan.ts'
import type { Linked } from '../queues/linked-list.ts'
import type { Attempt } from './attempt.ts'
import type { LaneSeat } from './lane.ts'
import { Newcomer } from './newcomer.ts'

/** Told how a job ends, by one of the two. Called once, synchronously, from inside the queue. */
export interface Ending<R> {
  /** The handler's result. */
  delivered?(result: R): void
  /** The handler's last error, or the `OverloadError` with which the job was removed. */
  failed?(error: unknown): void
}

/** How long the caller of a job waits for its end. */
export interface Budget {
  /** The whole of it, in milliseconds. */
  readonly ms: number
  /** When it is spent. */
  spentMs: number
}

/** What is asked about an item once, on arrival. */
export interface JobTraits {
  readonly weight: number
  readonly rank: number
  readonly key: string | undefined
}

/**
 * An item with what the queue knows about it. It waits for its place, then is linked into the queue, and is timed
 * while it waits for a retry: one object all the way. `npm run bench -- waiters` counts its bytes; what only those in
 * flight need is in `Attempt`.
 */
export class Job<T, R> extends Newcomer<Job<T, R>> implements Linked<Job<T, R>> {
  declare prev: Job<T, R> | undefined
  declare next: Job<T, R> | undefined

  item: T
  traits: JobTraits
  /** Who is told how it ends; nobody once it has been told. */
  ending: Ending<R> | undefined
  /** The signal of the caller that waits for the result. */
  callerSignal: AbortSignal | undefined = undefined
  /** Listens to that signal once the job has its place. */
  callerListener: AbortListener | undefined = undefined
  /** Whether a worker was free when it came: it was admitted without a prediction. */
  handedOver = false
  /** When it got its place. Exact only where a bound of time depends on it. */
  queuedMs = 0
  budget: Budget | undefined = undefined
  /** How often it was tried. */
  attempts = 0
  /** Whether its times are measured: not every one is, see `observation.ts`. */
  measured = false
  /** Its caller aborted after it had its place. */
  aborted = false
  /** Its latest attempt: made once, used as often as the job is. */
  attempt: Attempt<Job<T, R>, R> | undefined = undefined
  seat: LaneSeat<Job<T, R>> | undefined = undefined
  /** What its deadline means when it doesn't wait for a place: set by whoever times it. */
  whenDue: ((job: Job<T, R>) => void) | undefined = undefined

  constructor(item: T, traits: JobTraits, ending: Ending<R> | undefined) {
    super()
    this.item = item
    this.traits = traits
    this.ending = ending
  }

  get places(): number {
    return 1
  }

  get weight(): number {
    return this.traits.weight
  }

  /** 0 for the most important class. */
  get rank(): number {
    return this.traits.rank
  }

  get key(): string | undefined {
    return this.traits.key
  }

  /** How many items it is: more than 1 for a batch that is worked on together. */
  get size(): number {
    return 1
  }

  /** Makes a job that has been delivered, and that nobody knows any more, as good as a new one. */
  clear(): void {
    // The caller has cleared the ending and the listener: they were told. An item must not be kept alive.
    this.item = undefined as T
    this.callerSignal = undefined
    this.handedOver = false
    this.budget = undefined
    this.attempts = 0
    this.measured = false
    this.aborted = false
  }

  eachJob(visit: (job: Job<T, R>) => void): void {
    visit(this)
  }

  override onDeadline(): void {
    if (this.waitList) super.onDeadline()
    else this.whenDue?.(this)
  }

  /** Stops listening to its caller's signal. */
  forgetCaller(): void {
    if (!this.callerListener) return
    stopListening(this.callerListener)
    this.callerListener = undefined
  }
}
