/**
 * The numbers of an ask, checked: a wrong ask is a mistake of the programmer
 * and must not become a permit.
 */
import { type Ask, OptionError, type WaitOptions } from 'spillway'
import { show } from './read-options.ts'

/**
 * The cost of an ask, 1 by default.
 *
 * @throws OptionError when it is negative, infinite or not a number
 */
export function costOf(owner: string, ask: Ask): number {
  const { cost = 1 } = ask
  if (cost >= 0 && cost < Number.POSITIVE_INFINITY) return cost
  throw new OptionError(
    owner,
    'cost',
    `option "cost" must be a finite number of at least 0, got ${show(cost)}`,
  )
}

/**
 * The longest wait an ask allows, in milliseconds: the smaller of `timeoutMs` and `finishWithinMs`.
 *
 * @throws OptionError when a bound is negative or not a number
 */
export function waitBoundMs(owner: string, wait: WaitOptions): number {
  const { timeoutMs = Number.POSITIVE_INFINITY, finishWithinMs = Number.POSITIVE_INFINITY } = wait
  if (!(timeoutMs >= 0)) throw negative(owner, 'timeoutMs', timeoutMs)
  if (!(finishWithinMs >= 0)) throw negative(owner, 'finishWithinMs', finishWithinMs)
  return Math.min(timeoutMs, finishWithinMs)
}

function negative(owner: string, option: string, value: unknown): OptionError {
  const problem = `option "${option}" must be a number of milliseconds of at least 0, got ${show(value)}`
  return new OptionError(owner, option, problem)
}
