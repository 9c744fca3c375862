/**
 * A no on its way to the client.
 *
 * Imports `spillway`, `protocol`.
 */
import { isOverloadError, type Refusal } from 'spillway'
import type { ProblemCode } from '../protocol/problem.ts'

/** Why a request is refused, and what to do about it. */
export interface RequestRefusal {
  readonly code: ProblemCode
  /** One sentence for whoever sent the request. */
  readonly detail: string
  /** The earliest moment worth a retry, in milliseconds from now; `undefined` when unknown. */
  readonly retryAfterMs?: number | undefined
  /** Methods that the path knows, for `Allow`. */
  readonly allow?: string
}

/** Puts a queue's or limiter's refusal into the words of the gateway. */
export function overloadRefusal(
  streamName: string,
  refusal: Pick<Refusal, 'code' | 'retryAfterMs'>,
): RequestRefusal {
  const { code, retryAfterMs } = refusal
  return { code, detail: `stream ${streamName}: ${explain(code)}`, retryAfterMs }
}

/** What a rejected wait for places means: a refusal, or `undefined` when it was something else. */
export function refusalOfError(streamName: string, error: unknown): RequestRefusal | undefined {
  return isOverloadError(error) ? overloadRefusal(streamName, error) : undefined
}

function explain(code: Refusal['code']): string {
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
