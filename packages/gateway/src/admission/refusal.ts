/**
 * A no on its way to the client.
 *
 * Imports `spillway`, `delivery`, `protocol`.
 */
import { isOverloadError, type OverloadCode, type Refusal } from 'spillway'
import { TakeRefusal, type TakeRefusalReason } from '../delivery/take-refusal.ts'
import { type ProblemCode, problemDocument } from '../protocol/problem.ts'

/** Why a request is refused, and what to do about it. */
export interface RequestRefusal {
  readonly code: ProblemCode
  /** One sentence for whoever sent the request. */
  readonly detail: string
  /** The earliest moment worth a retry, in milliseconds from now; `undefined` when unknown. */
  readonly retryAfterMs?: number | undefined
  /** Methods that the path knows, for `Allow`. */
  readonly allow?: string
  /** The problem document as JSON, when it was written before: the same refusal is given many times under overload. */
  readonly document?: string
}

/** Puts the refusals of a stream's queue and limiter into the words of the gateway. */
export class OverloadWords {
  readonly #streamName: string
  readonly #byCode = new Map<OverloadCode, RequestRefusal>()

  constructor(streamName: string) {
    this.#streamName = streamName
  }

  /** The refusal for the client. */
  refusal({ code, retryAfterMs }: Pick<Refusal, 'code' | 'retryAfterMs'>): RequestRefusal {
    let known = this.#byCode.get(code)
    if (!known) {
      const detail = `stream ${this.#streamName}: ${explain(code)}`
      known = { code, detail, document: JSON.stringify(problemDocument(code, detail)) }
      this.#byCode.set(code, known)
    }
    return { ...known, retryAfterMs }
  }

  /** What a rejected wait for places means: a refusal, or `undefined` when it was something else. */
  ofError(error: unknown): RequestRefusal | undefined {
    if (error instanceof TakeRefusal) return this.#ofTaking(error)
    return isOverloadError(error) ? this.refusal(error) : undefined
  }

  #ofTaking({ reason, detail, index }: TakeRefusal): RequestRefusal {
    const which = index === undefined ? '' : `event ${index + 1}: `
    return { code: CODES[reason], detail: `stream ${this.#streamName}: ${which}${detail}` }
  }
}

const CODES: Readonly<Record<TakeRefusalReason, ProblemCode>> = {
  'too-large': 'ERR_BATCH_TOO_LARGE',
  'id-conflict': 'ERR_ID_CONFLICT',
  'no-space': 'ERR_STORE_NO_SPACE',
  failed: 'ERR_STORE_FAILED',
}

function explain(code: OverloadCode): string {
  switch (code) {
    case 'ERR_RATE_LIMITED':
      return 'more arrives than its ingress rate allows; send slower'
    case 'ERR_QUEUE_FULL':
      return 'its queue is full'
    case 'ERR_WAIT_TIMEOUT':
      return 'no place came free within its enqueueTimeoutMs'
    case 'ERR_TOO_MANY_WAITING':
      return 'as many requests wait for places as may wait'
    case 'ERR_BUDGET_UNREACHABLE':
      return 'no place is expected to come free within its enqueueTimeoutMs'
    case 'ERR_COST_EXCEEDS_BURST':
      return 'the batch is larger than can ever be taken at once; send smaller batches'
    case 'ERR_CLOSED':
      return 'the gateway is stopping; send to another one, or again when it is back'
    default:
      return 'overloaded'
  }
}
