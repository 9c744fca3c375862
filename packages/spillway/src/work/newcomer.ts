/**
 * Those who ask a queue for places: one item, or a batch that is taken whole
 * or not at all.
 *
 * Floor 4: imports `queues`, `gate`.
 */
import { Waiter } from '../queues/wait-list.ts'
import type { Job } from './job.ts'
import type { Refused } from './refusals.ts'

/** How a newcomer is told what became of its ask. Called once, synchronously, from inside the queue. */
export interface Answer {
  /** It has its place. */
  accepted(): void
  /** It was refused, at once or after waiting. */
  refused(refusal: Refused): void
  /** Its signal aborted while it waited. */
  abandoned(reason: unknown): void
}

/** One ask for places, perhaps waiting for them. */
export class Newcomer<T, R> extends Waiter {
  readonly jobs: readonly Job<T, R>[]
  /** The sum of the jobs' weights. */
  readonly weight: number
  readonly answer: Answer
  /** Set by the intake: what happens when the wait ends in vain. */
  gone: ((newcomer: Newcomer<T, R>, reason: 'timeout' | 'abort', cause: unknown) => void) | undefined

  constructor(jobs: readonly Job<T, R>[], weight: number, answer: Answer) {
    super()
    this.jobs = jobs
    this.weight = weight
    this.answer = answer
  }

  onTimeout(): void {
    this.gone?.(this, 'timeout', undefined)
  }

  onAbort(reason: unknown): void {
    this.gone?.(this, 'abort', reason)
  }
}
