/**
 * What may be sent again: what the server has not begun, and what does no
 * harm when it is done twice.
 *
 * Source: RFC 9110, section 9.2.2, on idempotent methods.
 * Floor 5: imports `errors`, `gate`, `retry`.
 */
import { isOverloadError } from '../../errors/overload-error.ts'
import { outcomeOf } from '../../gate/outcome.ts'
import { parseRetryAfter, retryAfterOf } from '../../retry/retry-after.ts'

const IDEMPOTENT: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']

/** A response that says no: 429 or 503. It is the answer of the call when there is no further attempt. */
export class RefusedResponse extends Error {
  readonly response: Response

  constructor(response: Response) {
    super(`the server answered ${response.status}`)
    this.response = response
  }

  override get name(): string {
    return 'RefusedResponse'
  }

  /** How long the server asks to wait, in milliseconds. A date is read against the server's own `Date`. */
  get retryAfterMs(): number | undefined {
    const { headers } = this.response
    const after = headers.get('retry-after')
    const secondsMs = parseRetryAfter(after, 0)
    if (after === null || /^\s*\d+\s*$/.test(after)) return secondsMs
    const date = headers.get('date')
    const sentMs = parseRetryAfter(date, 0)
    return date === null || sentMs === undefined ? undefined : parseRetryAfter(after, sentMs)
  }
}

/** What is known of a request before it is sent. */
export interface Sendable {
  /** Whether doing it twice does no harm: by its method, or by an `Idempotency-Key`. */
  readonly isIdempotent: boolean
  /** Whether its body, if any, can be sent a second time: a stream can't. */
  readonly isRepeatable: boolean
}

/** What is known of a request before it is sent. */
export function sendableOf(input: string | URL | Request, init: RequestInit): Sendable {
  const request = input instanceof Request ? input : undefined
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase()
  const headers = new Headers(init.headers ?? request?.headers)
  const body: unknown = init.body ?? request?.body
  return {
    isIdempotent: IDEMPOTENT.includes(method) || headers.has('idempotency-key'),
    isRepeatable: !(body instanceof ReadableStream) && !isAsyncIterable(body),
  }
}

/** Whether to send again after `error`. */
export function isWorthResending(error: unknown, { isIdempotent, isRepeatable }: Sendable): boolean {
  if (isOverloadError(error)) return error.retryable
  if (!isRepeatable) return false
  // 429 is said before anything was begun; 503 may be said in the middle.
  if (error instanceof RefusedResponse) return isIdempotent || error.response.status === 429
  return isIdempotent && (isNetworkFailure(error) || outcomeOf({ ok: false, error }) === 'failure')
}

/** When to come back: as the server or the gate said. */
export function resendAfterMs(error: unknown): number | undefined {
  return error instanceof RefusedResponse ? error.retryAfterMs : retryAfterOf(error)
}

/** `fetch` tells of a connection that failed by a TypeError with a cause. */
function isNetworkFailure(error: unknown): boolean {
  return error instanceof TypeError && error.cause !== undefined
}

function isAsyncIterable(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body && !(body instanceof Blob)
}
