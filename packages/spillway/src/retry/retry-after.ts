/**
 * When the refuser said to come back.
 *
 * Floor 3: imports `errors`.
 */
import { isOverloadError } from '../errors/overload-error.ts'

/** The three forms of RFC 9110, 5.6.7: `Sun, 06 Nov 1994 …`, `Sunday, 06-Nov-94 …`, and asctime's, without a zone. */
const HTTP_DATE =
  /^[A-Z][a-z]+(?:, \d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT| [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/

/**
 * The value of an HTTP `Retry-After` field in milliseconds from now: whole seconds or an HTTP date (RFC 9110,
 * 10.2.3). A date in the past is 0.
 *
 * @param wallMs - the time of day, in milliseconds since 1970, against which a date is read
 * @returns `undefined` for a value that is neither
 */
export function parseRetryAfter(value: string | null | undefined, wallMs: number): number | undefined {
  if (!value) return undefined
  const trimmed = value.trim()
  if (/^\d{1,10}$/.test(trimmed)) return Number(trimmed) * 1000
  if (!HTTP_DATE.test(trimmed)) return undefined
  // The oldest of the three forms names no zone; unnamed, the one of this machine would be meant.
  const inGmt = trimmed.endsWith('GMT') ? trimmed : `${trimmed} GMT`
  // biome-ignore lint/style/noRestrictedGlobals: it reads the text, not the time
  const atMs = Date.parse(inGmt)
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - wallMs)
}

/** The `retryAfterMs` of a refusal; `undefined` for any other error, or when it is not known. */
export function retryAfterOf(error: unknown): number | undefined {
  return isOverloadError(error) ? error.retryAfterMs : undefined
}
