/**
 * What a queue asks when a waiter's turn comes.
 *
 * Floor 2: imports nothing.
 */

/**
 * Judges work by the time it has queued. Asked once for each piece of work whose turn has come, also for what did
 * not have to wait (0 ms): the queueing time is the signal of overload.
 */
export interface TurnPolicy {
  /** Whether work that queued for `waitedMs` may start now; otherwise it is shed. */
  admits(waitedMs: number, nowMs: number): boolean
}
