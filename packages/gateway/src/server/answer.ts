/**
 * Builds answers: the 202, and every refusal as a problem document.
 *
 * Imports `admission`, `protocol`.
 */
import { retryAfterSeconds } from 'spillway'
import type { RequestRefusal } from '../admission/refusal.ts'
import { TAKEN_CODINGS } from '../protocol/content-encoding.ts'
import {
  MAX_RETRY_AFTER_S,
  PROBLEMS,
  type ProblemCode,
  policyOf,
  problemDocument,
} from '../protocol/problem.ts'
import type { Receipt } from '../protocol/receipt.ts'

/** An answer that is not written yet. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: string
}

/** The 202. */
export function receiptAnswer(receipt: Receipt): Answer {
  const body = JSON.stringify(receipt)
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  return { status: 202, headers, body }
}

/** The 202 of a request that was taken in part: it says when to come back with the rest. */
export function partAnswer(receipt: Receipt, random: () => number = Math.random): Answer {
  const { status, headers, body } = receiptAnswer(receipt)
  const seconds = retryAfterSeconds(undefined, MAX_RETRY_AFTER_S, random)
  return { status, headers: { ...headers, 'Retry-After': seconds }, body }
}

/** A refusal. 429 and 503 say when to come back. */
export function refusalAnswer(refusal: RequestRefusal, random: () => number = Math.random): Answer {
  const { code, quota, retryAfterMs } = refusal
  const { status } = PROBLEMS[code]
  const body = refusal.document ?? JSON.stringify(problemDocument(code, refusal.detail, quota?.name))
  const headers: Record<string, string | number> = {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...REMEDIES[code],
  }
  if (status === 429 || status === 503) {
    const seconds = retryAfterSeconds(retryAfterMs, MAX_RETRY_AFTER_S, random)
    headers['Retry-After'] = seconds
    headers['RateLimit'] = `"${quota?.name ?? policyOf(code)}";r=0;t=${seconds}`
    if (quota) headers['RateLimit-Policy'] = quota.policy
  }
  if (refusal.allow !== undefined) headers['Allow'] = refusal.allow
  return { status, headers, body }
}

/** Headers that say what would be taken instead. */
const REMEDIES: Readonly<Partial<Record<ProblemCode, Readonly<Record<string, string>>>>> = {
  ERR_UNAUTHENTICATED: { 'WWW-Authenticate': 'Bearer realm="spillway"' },
  ERR_WRONG_SIGNATURE: { 'WWW-Authenticate': 'Standard-Webhooks' },
  ERR_UNSUPPORTED_ENCODING: { 'Accept-Encoding': TAKEN_CODINGS },
}
