/**
 * The refusals both limiters share, as errors.
 */
import { OverloadError } from 'spillway'
import { sentenceFor } from '../connection/setup-error.ts'

/** Closed: nothing more is taken. */
export function closedError(owner: string): OverloadError {
  return new OverloadError('ERR_CLOSED', `${owner}: it is closed`)
}

/** The ask can never pass. */
export function tooDearError(owner: string, cost: number, burst: number): OverloadError {
  const message = `${owner}: ${cost} tokens can never be granted at once, the burst is ${burst}`
  return new OverloadError('ERR_COST_EXCEEDS_BURST', message)
}

/** Redis is away, and the choice was to refuse. */
export function unavailableError(owner: string, cause: unknown): OverloadError {
  const message = `${owner}: the limit cannot be asked, and is set to refuse then: ${sentenceFor(cause)}`
  return new OverloadError('ERR_LIMIT_UNAVAILABLE', message, { cause })
}

/** The caller's patience ended first. */
export function timeoutError(owner: string, boundMs: number): OverloadError {
  return new OverloadError('ERR_WAIT_TIMEOUT', `${owner}: nothing came within the caller's ${boundMs} ms`)
}

/** As many wait as may wait. */
export function tooManyWaitingError(owner: string, retryAfterMs: number | undefined): OverloadError {
  const message = `${owner}: as many callers wait for tokens as may wait`
  return new OverloadError('ERR_TOO_MANY_WAITING', message, { retryAfterMs })
}

/** The tokens come later than the caller would wait. */
export function rateError(owner: string, cost: number, retryAfterMs: number | undefined): OverloadError {
  const asked = `${cost} ${cost === 1 ? 'token' : 'tokens'}`
  const when = retryAfterMs === undefined ? '' : `; the same ask would pass in ${retryAfterMs} ms`
  const message = `${owner}: ${asked} would come later than the caller waits${when}`
  return new OverloadError('ERR_RATE_LIMITED', message, { retryAfterMs })
}
