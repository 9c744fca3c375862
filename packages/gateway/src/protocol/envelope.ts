/**
 * An event as the gateway carries it: what was sent, byte for byte, in an
 * envelope of what the gateway knows about it.
 *
 * Pure; imports nothing.
 */

/** What is known of an event besides its bytes. Texts are at most 16,384 characters each. */
export interface Envelope {
  /** Names the event; sinks pass it on, so that a consumer can recognise a repetition. */
  readonly id: string
  /** Wall-clock milliseconds since 1970 at which the gateway received it. */
  readonly receivedAtMs: number
  readonly tenant: string
  /** The media type of the payload. */
  readonly contentType: string
  /** Events of one key are delivered in order when the stream is configured so. */
  readonly key?: string | undefined
  readonly traceparent?: string | undefined
  /** Of a CloudEvent whose payload is its data alone: its attributes, each as `name:value` and a line feed. */
  readonly attributes?: string | undefined
}

/** One event. */
export interface EnvelopedEvent extends Envelope {
  /** The bytes as received. Whoever holds them must not change them. */
  readonly payload: Uint8Array
}
