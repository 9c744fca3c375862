/**
 * Whether a request was signed by who shares a secret with the stream.
 *
 * What can be told from the headers is told before the body is read; whether
 * it was signed, when it is there. The signature covers id, time and body: so
 * the id names the request, and nothing else in the headers does.
 *
 * Imports `config`, `protocol`.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { VerifySettings } from '../config/verify-settings.ts'
import {
  hasWebhookSignature,
  type SignedHead,
  signaturesIn,
  webhookKey,
} from '../protocol/webhook-signature.ts'
import { prepared, type RequestRefusal } from './refusal.ts'

/** What is said to be signed, and the signatures. */
export interface ClaimedSignature extends SignedHead {
  readonly signatures: string
}

const HOW = 'sign id, time and body by the Standard Webhooks scheme, with the secret of this stream'
const refused = (problem: string): RequestRefusal => prepared('ERR_WRONG_SIGNATURE', `${problem}; ${HOW}`)

const BAD_ID = refused('webhook-id must be 1 to 255 visible characters without dots and spaces')
const BAD_TIME = refused('webhook-timestamp must be the time of sending in whole seconds since 1970')
const NO_SIGNATURE = refused('webhook-signature holds no signature as "v1,BASE64"')
const WRONG = refused('webhook-signature holds no signature of this id, time and body')
const COMPRESSED: RequestRefusal = prepared(
  'ERR_UNSUPPORTED_ENCODING',
  'a signed body is taken as it was signed, not compressed; send it without Content-Encoding',
)

/** Checks the requests of one stream. */
export class SignatureCheck {
  readonly #keys: readonly Buffer[]
  readonly #toleranceMs: number
  readonly #wallNowMs: () => number

  /** @param wallNowMs - the time of day, to which what was signed is compared */
  constructor({ secrets, toleranceMs }: VerifySettings, wallNowMs: () => number) {
    this.#keys = secrets.map((secret) => webhookKey(secret.reveal()))
    this.#toleranceMs = toleranceMs
    this.#wallNowMs = wallNowMs
  }

  /** What the headers claim, or a refusal. */
  onHeaders(headers: IncomingHttpHeaders): ClaimedSignature | RequestRefusal {
    const id = textOf(headers['webhook-id'])
    // A dot would let id and time be divided in another way than they were signed.
    if (!/^[\x21-\x2d\x2f-\x7e]{1,255}$/.test(id)) return BAD_ID
    const timestamp = textOf(headers['webhook-timestamp'])
    if (!/^\d{1,12}$/.test(timestamp)) return BAD_TIME
    const offMs = Number(timestamp) * 1000 - this.#wallNowMs()
    if (Math.abs(offMs) > this.#toleranceMs) return offTime(offMs, this.#toleranceMs)
    const signatures = textOf(headers['webhook-signature'])
    if (signaturesIn(signatures).length === 0) return NO_SIGNATURE
    const encoding = headers['content-encoding'] ?? 'identity'
    return encoding.toLowerCase() === 'identity' ? { id, timestamp, signatures } : COMPRESSED
  }

  /** The refusal of a body that was not signed as claimed; costs one HMAC for each secret. */
  onBody(claimed: ClaimedSignature, body: Uint8Array): RequestRefusal | undefined {
    const given = { head: claimed, field: claimed.signatures, body }
    return hasWebhookSignature(this.#keys, given) ? undefined : WRONG
  }
}

/** Whether the headers claim what they must. */
export function isClaim(answer: ClaimedSignature | RequestRefusal): answer is ClaimedSignature {
  return 'signatures' in answer
}

function offTime(offMs: number, toleranceMs: number): RequestRefusal {
  const off = `${Math.round(Math.abs(offMs) / 1000)} s ${offMs < 0 ? 'ago' : 'ahead'}`
  return refused(`webhook-timestamp is ${off}, more than ${toleranceMs / 1000} s from now`)
}

function textOf(field: string | readonly string[] | undefined): string {
  return typeof field === 'string' ? field : ''
}
