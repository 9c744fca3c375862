/**
 * The answers of the exact script, read.
 */

/** What the script answered. */
export interface Decision {
  readonly isGranted: boolean
  /** Milliseconds until the tokens may be used; when not granted, until they could be. */
  readonly waitMs: number
  /** The sum of all grants of the key, this one included; empty but for a slot that is to come. */
  readonly sum: string
}

/**
 * Reads a reply.
 *
 * @throws Error when it is none of this script
 */
export function readDecision(reply: unknown): Decision {
  if (Array.isArray(reply)) {
    const granted: unknown = reply[0]
    const waitUs: unknown = reply[1]
    const sum: unknown = reply[2]
    if (typeof waitUs === 'number' && (granted === 1 || granted === 0)) {
      return { isGranted: granted === 1, waitMs: waitUs / 1000, sum: sum === undefined ? '' : String(sum) }
    }
  }
  throw new Error(
    'the answer of the script cannot be read; the client must return numbers and texts as they are',
  )
}

/** Milliseconds as whole microseconds, for the script; a wait without a bound is a long one. */
export function wholeUs(ms: number): string {
  return ms === 0 ? '0' : String(Math.min(3e15, Math.floor(ms * 1000)))
}
