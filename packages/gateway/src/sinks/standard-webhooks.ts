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
import { type SignedHead, webhookKey, webhookSignature } from '../protocol/webhook-signature.ts'

/** The headers of one delivery. */
export type WebhookHeaders = Readonly<Record<string, string>>

/** Events with the body that carries them. */
export interface SignedBatch {
  readonly events: readonly EnvelopedEvent[]
  readonly body: Uint8Array
}

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
  headers(event: EnvelopedEvent, wallMs: number): WebhookHeaders {
    return this.#signed({ id: headerOf(nameOf(event)), body: event.payload }, wallMs)
  }

  /**
   * A batch is called after its events: the same ones in the same order have the same id in each attempt, and in no
   * other batch.
   */
  batchHeaders({ events, body }: SignedBatch, wallMs: number): WebhookHeaders {
    const names = JSON.stringify(events.map(nameOf))
    return this.#signed({ id: `batch_${digestOf(names)}`, body }, wallMs)
  }

  #signed({ id, body }: { readonly id: string; readonly body: Uint8Array }, wallMs: number): WebhookHeaders {
    const head: SignedHead = { id, timestamp: String(Math.floor(wallMs / 1000)) }
    const fixed = { 'webhook-id': id, 'webhook-timestamp': head.timestamp }
    if (!this.#key) return fixed
    return { ...fixed, 'webhook-signature': webhookSignature(this.#key, head, body) }
  }
}

/** Ids are a tenant's own: without its name one tenant could pass its events off as repetitions of another's. */
function nameOf({ id, tenant }: EnvelopedEvent): string {
  return tenant === '' ? id : `${tenant}/${id}`
}

/** A name as a header: itself, or what stands for just this name. */
function headerOf(name: string): string {
  if (PLAIN.test(name)) return name
  const bytes = Buffer.from(name)
  if (bytes.length <= MAX_ENCODED_BYTES) return `b64_${bytes.toString('base64url')}`
  return `sha256_${digestOf(bytes)}`
}

function digestOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64url')
}
