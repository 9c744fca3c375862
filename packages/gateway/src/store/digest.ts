/**
 * Names an event for the dedupe window: its key, and a digest of its body.
 */
import { createHash } from 'node:crypto'
import type { NewEvent, SentAs } from './store.ts'

/** Longer keys are remembered by their digest, so that long ids cost no more memory than short ones. */
const MAX_KEY_LENGTH = 128
/** A longer name of a tenant is part of the digest. */
const MAX_TENANT_LENGTH = 64

/** The key within a stream. The length of the tenant's name keeps tenants apart, whatever they are called. */
export function dedupeKey({ tenant, id }: Pick<NewEvent, 'tenant' | 'id'>): string {
  const key = `${tenant.length} ${tenant} ${id}`
  if (key.length <= MAX_KEY_LENGTH) return key
  const digest = createHash('sha256').update(key).digest('base64')
  return tenant.length <= MAX_TENANT_LENGTH ? `${tenant.length} ${tenant}#${digest}` : `#${digest}`
}

/** The tenant whose key it is; `#` when its name is too long to be part of it. */
export function tenantOfKey(key: string): string {
  if (key.startsWith('#')) return '#'
  const from = key.indexOf(' ') + 1
  return key.slice(from, from + Number(key.slice(0, from)))
}

/** 64 bits that differ, for all practical purposes, when content type or payload differ. */
export function bodyDigest(event: Pick<NewEvent, 'contentType' | 'payload'>): bigint {
  const hash = createHash('sha256').update(event.contentType).update('\0').update(event.payload)
  return hash.digest().readBigUInt64LE(0)
}

/** Events that were sent in one body under one name: each is a duplicate only when the whole body comes again. */
export class SentBody implements SentAs {
  readonly #contentType: string
  #body: Uint8Array | undefined
  #digest: bigint | undefined

  constructor(contentType: string, body: Uint8Array) {
    this.#contentType = contentType
    this.#body = body
  }

  /** Costs a look at each byte the first time; then the body is let go of. */
  digest(): bigint {
    const payload = this.#body
    if (payload) this.#digest = bodyDigest({ contentType: this.#contentType, payload })
    this.#body = undefined
    return this.#digest ?? 0n
  }
}
