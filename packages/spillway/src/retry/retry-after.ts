/**
 * When the refuser said to come back.
 *
 * Floor 3: imports `errors`.
 */
import { isOverloadError } from '../errors/overload-error.ts'

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
  if (!/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(trimmed)) return undefined
  // biome-ignore lint/style/noRestrictedGlobals: it reads the text, not the time
  const atMs = Date.parse(trimmed)
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - wallMs)
}

/** The `retryAfterMs` of a refusal; `undefined` for any other error, or when it is not known. */
export function retryAfterOf(error: unknown): number | undefined {
  return isOverloadError(error) ? error.retryAfterMs : undefined
}
