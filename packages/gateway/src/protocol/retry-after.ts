/**
 * The `Retry-After` of a refusal: an integer from 1 to 3 seconds, spread upward.
 *
 * Never 0, which some clients turn into a hot loop; never above 3, because some exporters drop what they may not send
 * within 10 s; never the same for everyone, because a fleet told one number comes back as one.
 *
 * Pure: randomness is an argument. Imports nothing.
 */

/** The longest wait that is asked of a client, in seconds. */
export const MAX_RETRY_AFTER_S = 3

/**
 * Whole seconds after which to come back: at least `retryAfterMs`, as far as `MAX_RETRY_AFTER_S` allows.
 *
 * @param retryAfterMs - the earliest moment worth a retry, from now; `undefined` when unknown
 * @param random - answers from 0 up to, not including, 1
 */
export function retryAfterSeconds(retryAfterMs: number | undefined, random: () => number): number {
  const earliestS = Math.min(Math.max(Math.ceil((retryAfterMs ?? 0) / 1000), 1), MAX_RETRY_AFTER_S)
  return earliestS + Math.floor(random() * (MAX_RETRY_AFTER_S - earliestS + 1))
}
