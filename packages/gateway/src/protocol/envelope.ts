/**
 * An event as the gateway carries it: what was sent, byte for byte, in an
 * envelope of what the gateway knows about it.
 *
 * Pure; imports nothing.
 */

/** One event. */
export interface Envelope {
  /** Unique for this event; sinks pass it on, so that a consumer can recognise a repetition. */
  readonly id: string
  /** When its body had been read, in wall-clock milliseconds since 1970 (UTC). */
  readonly receivedAtMs: number
  /** The media type of `payload`. */
  readonly contentType: string
  /** The bytes as received. Whoever holds them must not change them. */
  readonly payload: Uint8Array
}
