/**
 * How long a caller waits. The same three numbers everywhere.
 *
 * Floor 0: imports nothing outside `options`.
 */
import { OptionError, show } from './option-error.ts'

/** Bounds of one wait. Without any, the caller waits as long as it takes. */
export interface WaitOptions {
  /**
   * Gives the wait up. Aborted before the call it wins over everything and nothing is touched;
   * afterwards the first event wins, and a value handed over is never lost. The rejection is `signal.reason`.
   */
  readonly signal?: AbortSignal | undefined
  /** The longest wait for a place, in milliseconds. 0: do not wait. `Infinity`, the default: no bound. */
  readonly timeoutMs?: number | undefined
  /**
   * The whole budget in milliseconds from the call, wait and work together. Where work follows the wait it is
   * refused once it can no longer finish in time; elsewhere it bounds the wait like `timeoutMs`.
   */
  readonly finishWithinMs?: number | undefined
}

/** As long as it takes: the wait of a caller who states no bounds. */
export const UNBOUNDED: WaitOptions = Object.freeze({})

/**
 * Opens a call that may wait: the first check of all, before anything is touched.
 *
 * @returns the longest wait allowed, in milliseconds
 * @throws the signal's reason when it has aborted; OptionError when a bound is out of range or the signal is none
 */
export function openWait(owner: string, wait: WaitOptions): number {
  if (wait?.signal?.aborted) throw wait.signal.reason
  return waitBoundMs(owner, wait)
}

/**
 * The longest wait that `wait` allows, in milliseconds: the smaller of `timeoutMs` and `finishWithinMs`.
 *
 * @throws OptionError when a bound is negative or not a number, or the signal is none
 */
export function waitBoundMs(owner: string, wait: WaitOptions): number {
  if (typeof wait !== 'object' || wait === null) {
    throw new OptionError(owner, 'wait', `the bounds of a wait must be an object, got ${show(wait)}`)
  }
  const { signal } = wait
  if (signal && typeof signal.addEventListener !== 'function') {
    throw new OptionError(owner, 'signal', `option "signal" must be an AbortSignal, got ${show(signal)}`)
  }
  const timeoutMs = wait.timeoutMs ?? Number.POSITIVE_INFINITY
  const finishWithinMs = wait.finishWithinMs ?? Number.POSITIVE_INFINITY
  if (!(timeoutMs >= 0)) throw wrongBound(owner, 'timeoutMs', timeoutMs)
  if (!(finishWithinMs >= 0)) throw wrongBound(owner, 'finishWithinMs', finishWithinMs)
  return timeoutMs < finishWithinMs ? timeoutMs : finishWithinMs
}

function wrongBound(owner: string, option: string, value: unknown): OptionError {
  const problem = `option "${option}" must be a number of milliseconds of at least 0, got ${show(value)}`
  return new OptionError(owner, option, problem)
}
