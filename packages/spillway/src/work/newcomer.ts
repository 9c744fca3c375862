/**
 * Those who ask a queue for places: one job, or a batch that is taken whole
 * or not at all.
 *
 * Floor 4: imports `queues`.
 */
import { Waiter } from '../queues/wait-list.ts'
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

/** Told when a newcomer's wait has ended in vain. */
export type WaitEnded<J> = (newcomer: Newcomer<J>, why: 'timeout' | 'abort', cause: unknown) => void

/** One ask for places, perhaps waiting for them. `J` is the job. */
export abstract class Newcomer<J> extends Waiter {
  /** Set while it waits: who is told what became of it. */
  answer: Answer | undefined = undefined
  /** Set while it waits. */
  waitEnded: WaitEnded<J> | undefined = undefined

  /** How many places it needs. */
  abstract readonly places: number
  /** What its jobs weigh together. */
  abstract readonly weight: number
  /** Calls `visit` with each of its jobs, in order. */
  abstract eachJob(visit: (job: J) => void): void

  onTimeout(): void {
    this.waitEnded?.(this, 'timeout', undefined)
  }

  onAbort(reason: unknown): void {
    this.waitEnded?.(this, 'abort', reason)
  }
}
