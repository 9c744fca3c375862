/**
 * The `Retry-After` field: whole seconds, small, and not the same for everyone.
 *
 * Some exporters drop their data when told to wait longer than ten seconds,
 * and a value of 0 makes others hammer; a constant brings a whole fleet back
 * in the same second. So: at least 1, at most `maxRetryAfterS`, jittered upward.
 *
 * Source: RFC 9110, 10.2.3.
 * Floor 4: imports nothing.
 */

/** Seconds to name when the refusal does not know better. */
const UNKNOWN_S = 1

/**
 * Whole seconds for `Retry-After`, for answers that no guard and no `sendRefusal` makes: at least 1, at least what
 * `retryAfterMs` asks for, as far as `maxS` allows, and up to twice that, drawn evenly.
 *
 * @param retryAfterMs - the earliest moment worth a retry; `undefined` when unknown
 * @param maxS - an integer of at least 1: no answer is larger
 * @param random - numbers from 0 up to, not including, 1; `Math.random` by default
 */
export function retryAfterSeconds(
  retryAfterMs: number | undefined,
  maxS: number,
  random: () => number = Math.random,
): number {
  const leastS = retryAfterMs === undefined ? UNKNOWN_S : Math.max(1, Math.ceil(retryAfterMs / 1000))
  if (!(leastS < maxS)) return maxS
  const spreadS = Math.min(maxS - leastS, leastS + 1)
  return leastS + Math.floor(random() * (spreadS + 1))
}
