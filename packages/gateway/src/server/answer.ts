/**
 * Builds answers: the 202, and every refusal as a problem document.
 *
 * Imports `admission`, `protocol`.
 */
import type { RequestRefusal } from '../admission/refusal.ts'
import { TAKEN_CODINGS } from '../protocol/content-encoding.ts'
import { PROBLEMS, policyOf, problemDocument } from '../protocol/problem.ts'
import type { Receipt } from '../protocol/receipt.ts'
import { retryAfterSeconds } from '../protocol/retry-after.ts'

/** An answer that is not written yet. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: string
}

/** The 202. */
export function receiptAnswer(receipt: Receipt): Answer {
  const body = JSON.stringify(receipt)
  return {
    status: 202,
    headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
    body,
  }
}

/** A refusal. 429 and 503 say when to come back. */
export function refusalAnswer(refusal: RequestRefusal, random: () => number = Math.random): Answer {
  const { status } = PROBLEMS[refusal.code]
  const body = refusal.document ?? JSON.stringify(problemDocument(refusal.code, refusal.detail))
  const headers: Record<string, string | number> = {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  }
  if (status === 429 || status === 503) {
    const seconds = retryAfterSeconds(refusal.retryAfterMs, random)
    headers['Retry-After'] = seconds
    headers['RateLimit'] = `"${policyOf(status)}";r=0;t=${seconds}`
  }
  if (refusal.allow !== undefined) headers['Allow'] = refusal.allow
  if (refusal.code === 'ERR_UNSUPPORTED_ENCODING') headers['Accept-Encoding'] = TAKEN_CODINGS
  return { status, headers, body }
}
