/**
 * What the demo's two processes say to each other.
 *
 * Imports nothing.
 */

/** From the gateway to the one that plays the world around it. */
export type ToWorld =
  /** Begin to send to this address. */
  | { readonly kind: 'begin'; readonly url: string }
  /** Send nothing more, and take everything at once: the gateway wants to stop. */
  | { readonly kind: 'quiet' }

/** And back. */
export type FromWorld =
  /** The consumer listens here. */
  | { readonly kind: 'consumer'; readonly url: string }
  /** A scene begins. */
  | { readonly kind: 'scene'; readonly index: number; readonly round: number }
