/**
 * Why a stream took nothing, when the reason is not that it is full.
 *
 * Imports `store`.
 */
import type { AppendRefusalReason } from '../store/store.ts'

/**
 * `too-large`: the batch can never be taken. `id-conflict`: an id of it came before with another body. `no-space`,
 * `failed`: what stores the events can't. A stream that is full refuses with an `OverloadError` instead.
 */
export type TakeRefusalReason = AppendRefusalReason & ('too-large' | 'id-conflict' | 'no-space' | 'failed')

/** Thrown by `EventStream.take`; nothing of the batch was taken. */
export class TakeRefusal extends Error {
  readonly reason: TakeRefusalReason
  /** One sentence for whoever sent the events. */
  readonly detail: string
  /** Which event of the batch is at fault, where one is. */
  readonly index: number | undefined

  constructor(reason: TakeRefusalReason, detail: string, index?: number) {
    super(detail)
    this.reason = reason
    this.detail = detail
    this.index = index
  }

  override get name(): string {
    return 'TakeRefusal'
  }
}
