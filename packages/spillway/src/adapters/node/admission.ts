/**
 * What an admitted request carries: its time budget, and a signal that aborts
 * when its client goes away.
 *
 * Floor 6: imports nothing.
 */

/** What an admitted request carries. */
export interface Admission {
  /** The request's time budget in milliseconds from its arrival; `undefined` without one. */
  readonly budgetMs: number | undefined
  /**
   * Aborts when the client goes away before it has its answer. Hand it to what the handler waits for. It is made when
   * it is first read.
   */
  readonly signal: AbortSignal
}
