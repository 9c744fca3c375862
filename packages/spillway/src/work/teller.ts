/**
 * Tells the user how jobs ended. What the user's functions throw cannot break
 * the queue: it becomes a process warning.
 *
 * Floor 4: imports nothing outside `work`.
 */

import { inOneLine, Warnings } from '../errors/warning.ts'
import type { Job } from './job.ts'
import type { EvictReason } from './ledger.ts'
import { removalError } from './refusals.ts'

/** The user's functions that are told. */
export interface Listeners<T> {
  readonly onError?: ((error: unknown, item: T, details: { readonly attempts: number }) => void) | undefined
  readonly onEvict?: ((item: T, reason: EvictReason | 'purged') => void) | undefined
}

/** Tells each caller once, and the listeners. */
export class Teller<T, R> {
  readonly #owner: string
  readonly #listeners: Listeners<T>
  readonly #nowMs: () => number
  readonly #warnings: Warnings

  constructor(owner: string, listeners: Listeners<T>, nowMs: () => number) {
    this.#owner = owner
    this.#listeners = listeners
    this.#nowMs = nowMs
    this.#warnings = new Warnings(owner)
  }

  /** A job's work is done. */
  delivered(job: Job<T, R>, result: R): void {
    const { ending } = job
    if (!ending && !job.callerListener) return
    job.ending = undefined
    job.forgetCaller()
    if (ending?.delivered) this.guarded('delivered', () => ending.delivered?.(result))
  }

  /** A job failed for good. Somebody is told, always. */
  failed(job: Job<T, R>, error: unknown): void {
    const { onError } = this.#listeners
    const callerKnows = job.ending?.failed !== undefined || job.aborted
    this.ended(job, error)
    if (onError) this.guarded('onError', () => onError(error, job.item, { attempts: job.attempts }))
    else if (!callerKnows) this.lost(error)
  }

  /** Work failed for good, and nobody is there to be told: it is not lost silently. */
  lost(error: unknown): void {
    this.warn(`work failed for good, and there is no onError: ${inOneLine(error)}`)
  }

  /** A job with a place was removed. Its caller knows already if it was the one who aborted. */
  evicted(job: Job<T, R>, reason: EvictReason | 'purged'): void {
    const { onEvict } = this.#listeners
    // An error costs more than all the rest of an eviction: it is made for those who are told.
    if (reason !== 'aborted') this.ended(job, job.ending?.failed && removalError(this.#owner, reason))
    if (onEvict) this.guarded('onEvict', () => onEvict(job.item, reason))
  }

  /** Rejects whoever waits for the result. */
  ended(job: Job<T, R>, error: unknown): void {
    const { ending } = job
    job.ending = undefined
    job.forgetCaller()
    if (ending?.failed) this.guarded('failed', () => ending.failed?.(error))
  }

  /** Calls a function of the user, which may throw; `undefined` when it did. */
  guarded<V>(name: string, call: () => V): V | undefined {
    try {
      return call()
    } catch (error) {
      this.warn(`${name} threw: ${inOneLine(error)}`)
      return undefined
    }
  }

  warn(message: string): void {
    this.#warnings.warn(message, this.#nowMs())
  }
}
