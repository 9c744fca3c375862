/**
 * How long a stop may take, for whoever waits for it or kills after it.
 *
 * Pure; imports nothing.
 */

/** Beyond the drain's own deadline: for closing files and connections. */
const LAST_RESORT_MS = 5000

/** From the signal to the end of the process, at most. */
export function longestStopMs(drainTimeoutMs: number): number {
  return drainTimeoutMs + LAST_RESORT_MS
}
