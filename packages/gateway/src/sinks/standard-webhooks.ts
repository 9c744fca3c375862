/**
 * Signs a delivery, so that its receiver knows who sent it and that it is
 * fresh.
 *
 * Source: the Standard Webhooks specification 1.0.
 *
 * Imports `protocol`.
 */
import { createHash } from 'node:crypto'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { webhookKey, webhookSignature } from '../protocol/webhook-signature.ts'

/** The headers of one delivery. */
export type WebhookHeaders = Readonly<Record<string, string>>

/** An id as it is, when it is sure to pass as a header and holds no dot, which separates what is signed. */
const PLAIN = /^[\w:/@+=-]{1,256}$/
/** Longer ids are named by their digest. */
const MAX_ENCODED_BYTES = 192

/** Makes the headers of each delivery; with a secret, the signature among them. */
export class WebhookSigner {
  readonly #key: Buffer | undefined

  /** @param secret - `whsec_` and the key in base64 */
  constructor(secret: string | undefined) {
    this.#key = secret === undefined ? undefined : webhookKey(secret)
  }

  /** The same event has the same id in each attempt, and the time of this one. */
  headers({ id, tenant, payload }: EnvelopedEvent, wallMs: number): WebhookHeaders {
    // Ids are a tenant's own: without its name one tenant could pass its events off as repetitions of another's.
    const name = tenant === '' ? id : `${tenant}/${id}`
    const head = { id: headerOf(name), timestamp: String(Math.floor(wallMs / 1000)) }
    const fixed = { 'webhook-id': head.id, 'webhook-timestamp': head.timestamp }
    if (!this.#key) return fixed
    return { ...fixed, 'webhook-signature': webhookSignature(this.#key, head, payload) }
  }
}

/** A name as a header: itself, or what stands for just this name. */
function headerOf(name: string): string {
  if (PLAIN.test(name)) return name
  const bytes = Buffer.from(name)
  if (bytes.length <= MAX_ENCODED_BYTES) return `b64_${bytes.toString('base64url')}`
  return `sha256_${createHash('sha256').update(bytes).digest('base64url')}`
}
