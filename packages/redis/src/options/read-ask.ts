/**
 * An ask, checked: a wrong ask is a mistake of the programmer and must not
 * become a permit.
 */
import { type Ask, checkAsk, OptionError, type WaitOptions } from 'spillway'
import { show } from './read-options.ts'

/**
 * The cost of an ask, 1 by default, once all of the ask was checked.
 *
 * @throws OptionError when the ask is wrong
 */
export function costOf(owner: string, ask: Ask): number {
  checkAsk(owner, ask)
  return ask.cost ?? 1
}

/**
 * The longest wait a checked ask allows, in milliseconds: the smaller of `timeoutMs` and `finishWithinMs`.
 *
 * @throws OptionError when `timeoutMs` is negative or not a number, or the signal is none
 */
export function waitBoundMs(owner: string, { signal, timeoutMs, finishWithinMs }: WaitOptions): number {
  const boundMs = timeoutMs ?? Number.POSITIVE_INFINITY
  if (!(typeof boundMs === 'number' && boundMs >= 0)) {
    throw wrong(owner, 'timeoutMs', `a number of milliseconds of at least 0, got ${show(boundMs)}`)
  }
  if (signal && typeof signal.addEventListener !== 'function') {
    throw wrong(owner, 'signal', `an AbortSignal, got ${show(signal)}`)
  }
  return Math.min(boundMs, finishWithinMs ?? Number.POSITIVE_INFINITY)
}

function wrong(owner: string, option: string, mustBe: string): OptionError {
  return new OptionError(owner, option, `option "${option}" must be ${mustBe}`)
}
