/**
 * Refusals of a queue: values inside, errors at the edge.
 *
 * Floor 4: imports `errors`, `gate`.
 */
import type { OverloadCode } from '../errors/overload-codes.ts'
import { OverloadError } from '../errors/overload-error.ts'
import type { Refusal } from '../gate/gate.ts'
import { refusal } from '../gate/refusal.ts'
import type { EvictReason, QueueRefusal } from './ledger.ts'

/** A refusal by a queue. */
export interface Refused extends Refusal {
  readonly code: QueueRefusal
}

/** Why an accepted item was removed, where an error tells its caller; an aborting caller has its own reason. */
export type Removal = Exclude<EvictReason, 'aborted'> | 'purged'

const REMOVALS: Readonly<Record<Removal, readonly [OverloadCode, string]>> = {
  full: ['ERR_EVICTED', 'evicted to make room for a newer item'],
  priority: ['ERR_EVICTED', 'evicted to make room for a more important item'],
  deadline: ['ERR_BUDGET_SPENT', 'too little of its budget was left when its turn came'],
  sojourn: ['ERR_BUDGET_SPENT', 'it queued longer than maxQueueMs'],
  purged: ['ERR_EVICTED', 'purged'],
}

/** A refusal with its scope. */
export function refuse(code: QueueRefusal, retryAfterMs?: number): Refused {
  return { ...refusal(code, retryAfterMs), code }
}

/** The error of one whose accepted item was removed. */
export function removalError(owner: string, reason: Removal): OverloadError {
  const [code, message] = REMOVALS[reason]
  return new OverloadError(code, `${owner}: ${message}`)
}
