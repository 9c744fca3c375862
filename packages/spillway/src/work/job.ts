/**
 * One item on its way through a queue.
 *
 * Floor 4: imports `queues`.
 */
import { type AbortListener, stopListening } from '../queues/abort-fan.ts'
import type { Expiring } from '../queues/deadlines.ts'
import type { Linked } from '../queues/linked-list.ts'
import type { HandlerContext } from './handler-context.ts'
import type { LaneSeat } from './lane.ts'

/** Told how a job ends, by one of the two. Called once, synchronously, from inside the queue. */
export interface Ending<R> {
  /** The handler's result. */
  delivered?(result: R): void
  /** The handler's last error, or the `OverloadError` with which the job was removed. */
  failed?(error: unknown): void
}

/** An item with what the queue knows about it. It is linked into the queue, and timed while it runs or waits for a retry. */
export class Job<T, R> implements Linked<Job<T, R>>, Expiring {
  prev: Job<T, R> | undefined = undefined
  next: Job<T, R> | undefined = undefined
  list: unknown = undefined
  atMs = 0
  heapIndex = -1
  heapOrder = 0

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
  /** Its whole budget in milliseconds. */
  budgetMs: number = Number.POSITIVE_INFINITY
  /** When the budget is spent. */
  spentMs: number = Number.POSITIVE_INFINITY
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
  abortListener: AbortListener | undefined = undefined
  /** What a promise of its handler calls: made once, used as often as the job is. */
  onValue: ((result: R) => void) | undefined = undefined
  onError: ((error: unknown) => void) | undefined = undefined
  /** What its deadline means now: set by whoever times it. */
  whenDue: ((job: Job<T, R>) => void) | undefined = undefined

  constructor(item: T, traits: JobTraits, ending: Ending<R> | undefined) {
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
    if (this.budgetMs !== Number.POSITIVE_INFINITY) {
      this.budgetMs = Number.POSITIVE_INFINITY
      this.spentMs = Number.POSITIVE_INFINITY
    }
    this.attempt = 0
    this.aborted = false
  }

  onDeadline(): void {
    this.whenDue?.(this)
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
