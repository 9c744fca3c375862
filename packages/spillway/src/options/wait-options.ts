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
 * Opens a call that may wait: the first check of all, before anything is touched. Reads each bound once: asking a
 * signal twice whether it has aborted shows in `npm run bench -- channel`.
 *
 * @param passesAborted - whether an aborted signal is left to the caller
 * @returns the longest wait allowed, in milliseconds: the smaller of `timeoutMs` and `finishWithinMs`
 * @throws the signal's reason when it has aborted; OptionError when a bound is out of range or the signal is none
 */
export function openWait(owner: string, wait: WaitOptions, passesAborted = false): number {
  if (typeof wait !== 'object' || wait === null) throw wrong(owner, 'wait', wait, 'an object of bounds')
  const { signal } = wait
  if (signal) {
    if (!passesAborted && signal.aborted) throw signal.reason
    if (typeof signal.addEventListener !== 'function') throw wrong(owner, 'signal', signal, 'an AbortSignal')
  }
  const timeoutMs = wait.timeoutMs ?? Number.POSITIVE_INFINITY
  const finishWithinMs = wait.finishWithinMs ?? Number.POSITIVE_INFINITY
  if (!(typeof timeoutMs === 'number' && timeoutMs >= 0)) throw wrong(owner, 'timeoutMs', timeoutMs)
  if (!(typeof finishWithinMs === 'number' && finishWithinMs >= 0))
    throw wrong(owner, 'finishWithinMs', finishWithinMs)
  return timeoutMs < finishWithinMs ? timeoutMs : finishWithinMs
}

/**
 * Whether the caller has left before the call: then nothing else of what is asked matters.
 *
 * @throws OptionError when the bounds are no object
 */
export function hasLeft(owner: string, wait: WaitOptions): boolean {
  if (typeof wait !== 'object' || wait === null) throw wrong(owner, 'wait', wait, 'an object of bounds')
  return wait.signal?.aborted === true
}

/**
 * `openWait` for those who look at the signal themselves: an aborted one is no error.
 *
 * @throws OptionError when a bound is negative or not a number, or the signal is none
 */
export function waitBoundMs(owner: string, wait: WaitOptions): number {
  return openWait(owner, wait, true)
}

/** Beside `openWait`, so that the way of every call stays short. */
function wrong(
  owner: string,
  option: string,
  value: unknown,
  expects = 'a number of milliseconds of at least 0',
): OptionError {
  return new OptionError(owner, option, `option "${option}" must be ${expects}, got ${show(value)}`)
}
