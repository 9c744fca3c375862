/**
 * The synchronous edge of a `Processor`: callbacks instead of promises.
 *
 * Floor 4: imports `gate`.
 */
import type { Refusal } from '../gate/gate.ts'
import type { Ending } from './job.ts'
import type { Answer } from './newcomer.ts'
import type { Voice } from './oversight.ts'

/**
 * Told, synchronously and once each, how a submitted item fares: first by one of `accepted`, `refused` and
 * `abandoned`, then, if accepted, by one of `delivered` and `failed`. For simulators and hot paths: a refusal is a
 * value, an error would cost as much as all the rest.
 */
export interface Submission<R> extends Ending<R> {
  /** It has its place, or a worker. */
  accepted?(): void
  /** It was refused, at once or after waiting. */
  refused?(refusal: Refusal): void
  /** Its signal aborted before it had its place. */
  abandoned?(reason: unknown): void
  /** The handler's result. */
  delivered?(result: R): void
  /** It failed for good, was removed from the queue, or its signal aborted after it had its place. */
  failed?(error: unknown): void
}

/** Answers a submission. */
export class SubmissionAnswer<R> implements Answer {
  readonly #submission: Submission<R>
  readonly #voice: Voice

  constructor(submission: Submission<R>, voice: Voice) {
    this.#submission = submission
    this.#voice = voice
  }

  accepted(): void {
    if (this.#submission.accepted) this.#voice.guarded('accepted', () => this.#submission.accepted?.())
  }

  refused(refusal: Refusal): void {
    if (this.#submission.refused) this.#voice.guarded('refused', () => this.#submission.refused?.(refusal))
  }

  abandoned(reason: unknown): void {
    if (this.#submission.abandoned)
      this.#voice.guarded('abandoned', () => this.#submission.abandoned?.(reason))
  }
}
