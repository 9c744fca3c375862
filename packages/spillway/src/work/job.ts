/**
 * One item on its way through a queue.
 *
 * Floor 4: imports `queues`.
 */
import { stopListening } from '../queues/abort-fan.ts'
import type { Linked } from '../queues/linked-list.ts'
import type { HandlerContext } from './handler-context.ts'
import type { LaneSeat } from './lane.ts'
import { Newcomer } from './newcomer.ts'

/** Told how a job ends, by one of the two. Called once, synchronously, from inside the queue. */
export interface Ending<R> {
  /** The handler's result. */
  delivered?(result: R): void
  /** The handler's last error, or the `OverloadError` with which the job was removed. */
  failed?(error: unknown): void
}

/** What a promise calls. */
export interface PromiseCallbacks<R> {
  readonly onValue: (result: R) => void
  readonly onError: (error: unknown) => void
}

/** How long the caller of a job waits for its end. */
export interface Budget {
  /** The whole of it, in milliseconds. */
  readonly ms: number
  /** When it is spent. */
  spentMs: number
}

/**
 * An item with what the queue knows about it. It waits for its place, then is linked into the queue, and is timed
 * while it runs or waits for a retry: one object all the way. `npm run bench -- waiters` counts its bytes.
 */
export class Job<T, R> extends Newcomer<Job<T, R>> implements Linked<Job<T, R>> {
  declare prev: Job<T, R> | undefined
  declare next: Job<T, R> | undefined
  readonly places = 1

  item: T
  /** How many items it is: 1, or the size of a batch. */
  size = 1
  weight: number
  /** 0 for the most important class. */
  rank: number
  key: string | undefined
  /** Who is told how it ends; nobody once it has been told. */
  ending: Ending<R> | undefined
  /** The signal of the caller that waits for the result. */
  callerSignal: AbortSignal | undefined = undefined
  /** Whether a worker was free when it came: it was admitted without a prediction. */
  handedOver = false
  /** When it got its place. Exact only where a bound of time depends on it. */
  queuedMs = 0
  budget: Budget | undefined = undefined
  attempt = 0
  startedMs = 0
  /** In flight when it started, itself included. */
  inFlightAtStart = 0
  /** Whether its times are measured: not every one is, see `observation.ts`. */
  measured = false
  /** Its handler runs past its timeout. */
  timedOut = false
  /** Its caller aborted after it had its place. */
  aborted = false
  /** That of the attempt in flight. */
  context: HandlerContext | undefined = undefined
  seat: LaneSeat<Job<T, R>> | undefined = undefined
  /** What a promise of its handler calls: made once, used as often as the job is. */
  callbacks: PromiseCallbacks<R> | undefined = undefined
  /** What its deadline means now: set by whoever times it. */
  whenDue: ((job: Job<T, R>) => void) | undefined = undefined

  constructor(item: T, traits: JobTraits, ending: Ending<R> | undefined) {
    super()
    this.item = item
    this.weight = traits.weight
    this.rank = traits.rank
    this.key = traits.key
    this.ending = ending
  }

  /** Makes a job that has been delivered, and that nobody knows any more, the job of another item. */
  renew(item: T, traits: JobTraits, ending: Ending<R> | undefined): void {
    this.item = item
    if (this.key !== traits.key || this.rank !== traits.rank || this.weight !== traits.weight) {
      this.weight = traits.weight
      this.rank = traits.rank
      this.key = traits.key
    }
    this.ending = ending
    this.callerSignal = undefined
    this.handedOver = false
    this.budget = undefined
    this.attempt = 0
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
  forgetSignal(): void {
    if (!this.abortListener) return
    stopListening(this.abortListener)
    this.abortListener = undefined
  }
}

/** What is asked about an item once, on arrival. */
export interface JobTraits {
  readonly weight: number
  readonly rank: number
  readonly key: string | undefined
}
