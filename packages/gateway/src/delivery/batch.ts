/**
 * A batch: the events of one request, which get their places together.
 *
 * Pure; imports `store`.
 */
import type { NewEvent } from '../store/store.ts'

/** Some events, and what must be known of them to find them places. */
export interface Batch {
  readonly events: readonly NewEvent[]
  /** How many they are. */
  readonly items: number
  /** What their payloads weigh together. */
  readonly bytes: number
  /** Whose they are: one request is one tenant’s. */
  readonly tenant: string
}

/** The batch of these events. */
export function batchOf(events: readonly NewEvent[]): Batch {
  let bytes = 0
  for (const { payload } of events) bytes += payload.length
  return { events, items: events.length, bytes, tenant: events[0]?.tenant ?? '' }
}
