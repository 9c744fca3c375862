/**
 * Signs a delivery, so that its receiver knows who sent it and that it is
 * fresh.
 *
 * Source: the Standard Webhooks specification 1.0: HMAC-SHA256 over id, time in seconds and body.
 *
 * Imports `protocol`.
 */
import { createHmac } from 'node:crypto'
import type { EnvelopedEvent } from '../protocol/envelope.ts'

/** The headers of one delivery. */
export type WebhookHeaders = Readonly<Record<string, string>>

/** Makes the headers of each delivery; with a secret, the signature among them. */
export class WebhookSigner {
  readonly #key: Buffer | undefined

  /** @param secret - `whsec_` and the key in base64 */
  constructor(secret: string | undefined) {
    this.#key = secret === undefined ? undefined : Buffer.from(secret.slice('whsec_'.length), 'base64')
  }

  /** The same event has the same id in each attempt, and the time of this one. */
  headers({ id, payload }: EnvelopedEvent, wallMs: number): WebhookHeaders {
    const name = safe(id)
    const seconds = String(Math.floor(wallMs / 1000))
    const fixed = { 'webhook-id': name, 'webhook-timestamp': seconds }
    if (!this.#key) return fixed
    const signature = createHmac('sha256', this.#key)
      .update(`${name}.${seconds}.`)
      .update(payload)
      .digest('base64')
    return { ...fixed, 'webhook-signature': `v1,${signature}` }
  }
}

/** An id that is sure to pass as a header, and holds no dot, which separates what is signed. */
function safe(id: string): string {
  return /^[\w:/@+=-]{1,256}$/.test(id) ? id : `b64_${Buffer.from(id).toString('base64url').slice(0, 1024)}`
}
