/**
 * Names an event for the dedupe window: its key, and a digest of its body.
 */
import { createHash } from 'node:crypto'
import type { NewEvent } from './store.ts'

/** The key within a stream: tenants never meet, because no tenant's name contains a NUL. */
export function dedupeKey(event: Pick<NewEvent, 'tenant' | 'id'>): string {
  return `${event.tenant}\0${event.id}`
}

/** 64 bits that differ, for all practical purposes, when content type or payload differ. */
export function bodyDigest(event: Pick<NewEvent, 'contentType' | 'payload'>): bigint {
  const hash = createHash('sha256').update(event.contentType).update('\0').update(event.payload)
  return hash.digest().readBigUInt64LE(0)
}
