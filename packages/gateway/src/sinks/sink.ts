/**
 * The contract of a sink: it takes events and says what became of them.
 *
 * A sink neither queues, retries nor counts: that is delivery's work. It may
 * join events of several calls into one write, as long as events reach their
 * target in the order of the calls.
 *
 * Imports `protocol`.
 */
import type { EnvelopedEvent } from '../protocol/envelope.ts'

/**
 * What became of some events: `delivered`, they are where they should be; `again`, a later attempt may succeed;
 * `never`, no attempt will.
 */
export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'again'
      readonly cause: Error
      readonly retryAfterMs?: number | undefined
      /** Nobody was there: this says nothing of the events, and is no attempt to deliver them. */
      readonly isAbsent?: boolean
    }
  | {
      readonly kind: 'never'
      readonly cause: Error
      /** Whatever the events are: others, or fewer, would be refused as well. */
      readonly isOfTarget?: boolean
    }

/** What a sink may want to know about an attempt. */
export interface Attempt {
  /** 1 for the first. */
  readonly attempt: number
}

/** Takes events to where they should be. */
export interface Sink {
  /** Whether many events cost it hardly more than one: then they are given to it together, and share their outcome. */
  readonly takesMany?: boolean
  /** Delivers one event, or several that share their outcome. Never rejects: a failure is an outcome. */
  deliver(events: readonly EnvelopedEvent[], attempt: Attempt): Promise<DeliveryOutcome>
  /** Resolves when everything that was taken has its outcome, given up if need be, and nothing is held any more. Idempotent. */
  close(): Promise<void>
}

export const DELIVERED: DeliveryOutcome = { kind: 'delivered' }

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
