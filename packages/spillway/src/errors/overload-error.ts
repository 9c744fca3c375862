/**
 * A refusal at the edge, as an error. Inside the library refusals are values.
 *
 * Floor 0: imports nothing outside `errors`.
 */
import { OVERLOAD_CODES, type OverloadCode, type Scope } from './overload-codes.ts'

/** What may be known beside the code. */
export interface OverloadErrorDetails {
  /**
   * The earliest moment, in milliseconds from now, at which the same ask would be admitted
   * if nothing else arrived. Leave it out when unknown.
   */
  readonly retryAfterMs?: number | undefined
  /** What led to the refusal. */
  readonly cause?: unknown
}

/**
 * Thrown, or rejected with, when work is refused. Match `error.code`: it survives two copies of the
 * library in one process, `instanceof` does not.
 */
export class OverloadError extends Error {
  /** The stable name of the refusal, from the table `OVERLOAD_CODES`. */
  readonly code: OverloadCode
  /** `client`: the caller asked for more than its share; `server`: there is no room. */
  readonly scope: Scope
  /** Whether the same ask can succeed later. */
  readonly retryable: boolean
  /** The earliest moment, in milliseconds from now, worth a retry; `undefined` when unknown. */
  readonly retryAfterMs: number | undefined
  /** 429 for the client's fault, 503 for the server's, 413 for what can never pass. */
  readonly httpStatus: number

  constructor(code: OverloadCode, message: string, details: OverloadErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    const row = OVERLOAD_CODES[code]
    this.code = code
    this.scope = row.scope
    this.retryable = row.retryable
    this.retryAfterMs = details.retryAfterMs
    this.httpStatus = row.httpStatus
  }

  override get name(): string {
    return 'OverloadError'
  }
}

/** Whether `error` is a refusal, also one made by another copy of the library. Never throws. */
export function isOverloadError(error: unknown): error is OverloadError {
  try {
    if (error instanceof OverloadError) return true
    if (!(error instanceof Error) || error.name !== 'OverloadError') return false
    const code: unknown = Reflect.get(error, 'code')
    return typeof code === 'string' && Object.hasOwn(OVERLOAD_CODES, code)
  } catch {
    // A proxy, or a property that throws when it is read: no refusal does.
    return false
  }
}
