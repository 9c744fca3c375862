/**
 * Refusals: made as values, turned into errors at the edge.
 *
 * Floor 2: imports `errors`.
 */
import { OVERLOAD_CODES, type OverloadCode } from '../errors/overload-codes.ts'
import { OverloadError } from '../errors/overload-error.ts'
import type { Refusal } from './gate.ts'

/**
 * A refusal whose scope is the one of its code.
 *
 * @param retryAfterMs - the earliest moment, in milliseconds from now, worth a retry; leave it out when unknown
 */
export function refusal(code: OverloadCode, retryAfterMs?: number): Refusal {
  const { scope } = OVERLOAD_CODES[code]
  return retryAfterMs === undefined
    ? { admitted: false, code, scope }
    : { admitted: false, code, scope, retryAfterMs }
}

/** The error that tells `refused` to a caller. `owner` is the gate that speaks. */
export function refusalError(owner: string, refused: Refusal): OverloadError {
  const { code, retryAfterMs } = refused
  return new OverloadError(code, `${owner}: ${OVERLOAD_CODES[code].meaning}`, { retryAfterMs })
}
