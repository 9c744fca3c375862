/**
 * An event as the backlog gives it out.
 *
 * Each property is named: a spread would cost more than everything else that
 * is done with an event in memory.
 */
import type { Deferral, NewEvent, StoredEvent } from './store.ts'

/** The event under its number; `deferral` when its delivery has failed before. */
export function storedEvent(event: NewEvent, seq: number, deferral: Deferral | undefined): StoredEvent {
  return {
    id: event.id,
    receivedAtMs: event.receivedAtMs,
    tenant: event.tenant,
    contentType: event.contentType,
    key: event.key,
    traceparent: event.traceparent,
    attributes: event.attributes,
    seq,
    payload: event.payload,
    attempts: deferral === undefined ? 0 : deferral.attempts,
    dueAtMs: deferral === undefined ? 0 : deferral.dueAtMs,
  }
}
