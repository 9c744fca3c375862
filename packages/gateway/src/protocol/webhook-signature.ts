/**
 * Signatures of the Standard Webhooks scheme: made for what is delivered,
 * checked on what arrives.
 *
 * What is signed is id, time in seconds and body, joined by dots; so the body
 * is the bytes as they were sent, before anything is read from them. Absent:
 * the asymmetric signatures (`v1a`), which no receiver has to know.
 *
 * Source: the Standard Webhooks specification 1.0 (HMAC-SHA256, `v1`).
 *
 * Pure, but for its need of Node's HMAC; imports nothing of the gateway.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a secret begins with; the key follows in base64. */
const SECRET_PREFIX = 'whsec_'
const VERSION = 'v1,'
/** Signatures in one header that are looked at: enough for any change of keys, and a bound. */
const MAX_SIGNATURES = 16

/** What a signature covers, apart from the body. */
export interface SignedHead {
  readonly id: string
  /** Seconds since 1970, as they were written. */
  readonly timestamp: string
}

/** The key that a secret holds. */
export function webhookKey(secret: string): Buffer {
  return Buffer.from(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret, 'base64')
}

/** The value of `webhook-signature` for one key. */
export function webhookSignature(key: Uint8Array, head: SignedHead, body: Uint8Array): string {
  return `${VERSION}${digest(key, head, body).toString('base64')}`
}

/**
 * Whether any of the signatures in `field` was made with any of the keys. Takes the same time whichever it was, and
 * whether there was one.
 */
export function hasWebhookSignature(
  keys: readonly Uint8Array[],
  { head, field, body }: { readonly head: SignedHead; readonly field: string; readonly body: Uint8Array },
): boolean {
  const given = signaturesIn(field)
  let isSigned = false
  for (const key of keys) {
    const expected = digest(key, head, body)
    for (const one of given) if (timingSafeEqual(one, expected)) isSigned = true
  }
  return isSigned
}

/** The `v1` signatures in a `webhook-signature`, as bytes; others, and what is no signature, are passed over. */
export function signaturesIn(field: string): readonly Buffer[] {
  return field
    .split(' ')
    .filter((part) => /^v1,[A-Za-z0-9+/]{43}=$/.test(part))
    .slice(0, MAX_SIGNATURES)
    .map((part) => Buffer.from(part.slice(VERSION.length), 'base64'))
}

function digest(key: Uint8Array, { id, timestamp }: SignedHead, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
}
