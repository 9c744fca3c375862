/**
 * A no on its way to the client.
 *
 * Imports `spillway`, `delivery`, `protocol`.
 */
import { isOverloadError, type OverloadCode, type Refusal } from 'spillway'
import type { RateSettings } from '../config/stream-settings.ts'
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
  /** The rate that was exceeded. */
  readonly quota?: Quota | undefined
  /** Whether the answer is held back: see `held-answers`. */
  readonly isHeld?: boolean
  /** Whether the connection ends with the answer. */
  readonly closes?: boolean
  /** The problem document as JSON, when it was written before: the same refusal is given many times under overload. */
  readonly document?: string
}

/** A rate, as clients are told of it. */
export interface Quota {
  /** What the `RateLimit` fields call it. */
  readonly name: 'rate' | 'tenant'
  /** The value of `RateLimit-Policy`. */
  readonly policy: string
}

/** A quota: so many requests within the seconds in which a whole burst comes back. */
export function quotaOf(name: Quota['name'], { ratePerSecond, burst }: RateSettings): Quota {
  return { name, policy: `"${name}";q=${burst};w=${Math.max(1, Math.ceil(burst / ratePerSecond))}` }
}

/** A refusal whose document is written once. */
export function prepared(code: ProblemCode, detail: string, quota?: Quota): RequestRefusal {
  const document = JSON.stringify(problemDocument(code, detail, quota?.name))
  return { code, detail, document, quota }
}

/** Puts refusals by overload into the words of the gateway. */
export class OverloadWords {
  readonly #subject: string
  readonly #byCode = new Map<OverloadCode, RequestRefusal>()

  /** @param subject - who is overloaded, as `stream orders` */
  constructor(subject: string) {
    this.#subject = subject
  }

  /** The refusal for the client. */
  refusal({ code, retryAfterMs }: Pick<Refusal, 'code' | 'retryAfterMs'>, quota?: Quota): RequestRefusal {
    let known = this.#byCode.get(code)
    if (!known) {
      known = prepared(code, `${this.#subject}: ${explain(code)}`, quota)
      this.#byCode.set(code, known)
    }
    return { ...known, quota, retryAfterMs }
  }

  /** What a rejected wait for places means: a refusal, or `undefined` when it was something else. */
  ofError(error: unknown): RequestRefusal | undefined {
    if (error instanceof TakeRefusal) return this.#ofTaking(error)
    return isOverloadError(error) ? this.refusal(error) : undefined
  }

  #ofTaking({ reason, detail, index }: TakeRefusal): RequestRefusal {
    const which = index === undefined ? '' : `event ${index + 1}: `
    return { code: CODES[reason], detail: `${this.#subject}: ${which}${detail}` }
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
      return 'more arrives than its rate allows; send slower'
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
    case 'ERR_LIMIT_UNAVAILABLE':
      return 'its rate is kept elsewhere, where it cannot be asked now; send again later'
    case 'ERR_CLOSED':
      return 'the gateway is stopping; send to another one, or again when it is back'
    default:
      return 'overloaded'
  }
}
