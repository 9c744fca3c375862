/**
 * What an error says about overload. The work's own failure says nothing.
 *
 * Floor 2: imports `errors`.
 */
import { isOverloadError } from '../errors/overload-error.ts'
import type { Outcome } from './gate.ts'

/** How a piece of work came to its end. */
export type Settled<R> =
  | { readonly ok: true; readonly value: R }
  | { readonly ok: false; readonly error: unknown }

const OVERLOAD_STATUSES: readonly unknown[] = [429, 503]
const TIMEOUT_CODES: readonly unknown[] = [
  'ETIMEDOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]

/**
 * The outcome of a settled piece of work: a value is a `success`; a refusal (`OverloadError`), a timeout
 * (`TimeoutError`, `ETIMEDOUT`, undici's timeouts) and an error whose `status` or `statusCode` is 429 or 503 are
 * a `failure`; any other error is `ignored`. Never throws.
 */
export function outcomeOf(settled: Settled<unknown>): Outcome {
  if (settled.ok) return 'success'
  try {
    return outcomeOfError(settled.error)
  } catch {
    // What can't be looked at is the work's own.
    return 'ignored'
  }
}

function outcomeOfError(error: unknown): Outcome {
  if (!(error instanceof Error)) return 'ignored'
  if (isOverloadError(error) || error.name === 'TimeoutError') return 'failure'
  if (TIMEOUT_CODES.includes(Reflect.get(error, 'code'))) return 'failure'
  const status: unknown = Reflect.get(error, 'status') ?? Reflect.get(error, 'statusCode')
  return OVERLOAD_STATUSES.includes(status) ? 'failure' : 'ignored'
}
