/**
 * How a channel says no: which check comes first, and in which words.
 *
 * Floor 3: imports `errors`, `options`, `queues`.
 */
import { OverloadError } from '../errors/overload-error.ts'
import { OptionError, show } from '../options/option-error.ts'
import { type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import type { Waiter, WaitList } from '../queues/wait-list.ts'

/** As long as it takes: the wait of a caller who states no bounds. */
export const UNBOUNDED: WaitOptions = Object.freeze({})

/**
 * Opens a call that may wait: the first check of all, before anything is touched.
 *
 * @returns the longest wait allowed, in milliseconds
 * @throws the signal's reason when it has aborted; OptionError when a bound is out of range or the signal is none
 */
export function openWait(owner: string, wait: WaitOptions): number {
  const signal = wait.signal
  if (signal !== undefined) {
    if (signal.aborted) throw signal.reason
    if (typeof signal.addEventListener !== 'function') {
      throw new OptionError(owner, 'signal', `option "signal" must be an AbortSignal, got ${show(signal)}`)
    }
  }
  return waitBoundMs(owner, wait)
}

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
