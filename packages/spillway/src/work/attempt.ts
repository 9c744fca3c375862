/**
 * A job in the hands of a worker: what only those in flight need.
 *
 * Floor 4: imports `queues`.
 */
import type { Expiring } from '../queues/deadlines.ts'
import type { HandlerContext } from './handler-context.ts'

/** Who is told that a handler is past its timeout. */
export interface Overseer<J, R> {
  overdue(attempt: Attempt<J, R>): void
}

/** What a promise calls. */
export interface PromiseCallbacks<R> {
  readonly onValue: (result: R) => void
  readonly onError: (error: unknown) => void
}

/** One run of a handler, for a job `J`. The same object serves each attempt of its job. */
export class Attempt<J, R> implements Expiring {
  atMs = 0
  heapIndex = -1
  heapOrder = 0
  readonly job: J
  readonly #overseer: Overseer<J, R>
  /** That of the attempt in flight, and how the queue knows it from the ones before. */
  context: HandlerContext | undefined = undefined
  startedMs = 0
  /** In flight when it started, itself included. */
  inFlightAtStart = 0
  /** Its handler runs past its timeout. */
  timedOut = false
  /** What a promise of its handler calls: made once, used as often as the job is. */
  callbacks: PromiseCallbacks<R> | undefined = undefined

  constructor(job: J, overseer: Overseer<J, R>) {
    this.job = job
    this.#overseer = overseer
  }

  onDeadline(): void {
    this.#overseer.overdue(this)
  }
}
