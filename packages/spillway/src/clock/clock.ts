/**
 * The clock: the only door through which time enters the library.
 *
 * Everything that waits or measures takes a `Clock`; algorithms take the time
 * itself as an argument. So the same object serves a service (`systemClock`),
 * a test and a simulator (`VirtualClock` in `spillway/testing`).
 *
 * Floor 0: imports nothing.
 */

/** Takes back a scheduled callback. Calling it again, or after the callback ran, does nothing. */
export type Cancel = () => void

/** Reads time and calls back later. Two methods, so that any runtime or test can supply them. */
export interface Clock {
  /**
   * Monotonic time in milliseconds, with fractions. The origin is arbitrary: only differences mean anything.
   * A clock that is set back is tolerated everywhere: it counts as no time passed. What measures goes on from there;
   * rates, time budgets and deadlines that were set before stand until it has caught up.
   */
  nowMs(): number
  /**
   * Runs `callback` once, at least `delayMs` milliseconds from now, and never synchronously.
   *
   * @param delayMs - milliseconds; fractions are rounded up, below 0 counts as 0, `Infinity` never fires
   * @returns a function that takes the callback back
   */
  schedule(delayMs: number, callback: () => void): Cancel
}
