/**
 * How a channel says no: which check comes first, and in which words.
 *
 * Floor 3: imports `errors`, `queues`.
 */
import { OverloadError } from '../errors/overload-error.ts'
import type { Waiter, WaitList } from '../queues/wait-list.ts'

/**
 * Makes sure that one more caller may wait.
 *
 * @throws OverloadError when the caller allows no wait, or as many wait as may
 */
export function assertMayWait(owner: string, waiters: WaitList<Waiter>, boundMs: number): void {
  if (boundMs === 0) throw waitTimeout(owner)
  if (!waiters.isFull) return
  const message = `${owner}: ${waiters.size} callers wait already, as many as "maxWaiting" allows`
  throw new OverloadError('ERR_TOO_MANY_WAITING', message)
}

/** The allowed wait is over. */
export function waitTimeout(owner: string): OverloadError {
  return new OverloadError('ERR_WAIT_TIMEOUT', `${owner}: it would have to wait longer than allowed`)
}

/** The channel takes nothing more. */
export function closedChannel(owner: string): OverloadError {
  return new OverloadError('ERR_CLOSED', `${owner}: the channel is closed`)
}
