/**
 * How long to leave a gateway alone that does not answer: doubling, with
 * jitter, so that a room full of open pages does not return at once.
 *
 * Pure; imports nothing.
 */

const FIRST_MS = 500
const LONGEST_MS = 10_000

/**
 * The pause before the next attempt, in milliseconds: from half of 500 ms doubled with each failure, up to 10 s, to the
 * whole of it.
 *
 * @param failures - attempts that failed since the last success, at least 1
 */
export function retryDelayMs(failures: number, random: () => number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10))
  return Math.round(longest * (0.5 + random() / 2))
}
