/**
 * What the status of an answer says about overload.
 *
 * Floor 4: imports `gate`.
 */
import type { Outcome } from '../gate/gate.ts'

/**
 * The outcome of work that was answered with `status`: below 400 a `success`; 429, 503 and 504 a `failure`, signs of
 * overload; anything else `ignored`: the work's own failure, and its quick answers to wrong requests, train no limit.
 */
export function outcomeOfStatus(status: number): Outcome {
  if (status < 400) return 'success'
  return status === 429 || status === 503 || status === 504 ? 'failure' : 'ignored'
}
