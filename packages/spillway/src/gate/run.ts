/**
 * The front door of every gate: enter, run, and end with the right outcome.
 *
 * A function, so that any object with `enter` has a front door; the gates of
 * this library offer it as a method as well, one line each. There is no base
 * class to extend.
 *
 * Floor 2: imports `errors`, `options`.
 */
import type { WaitOptions } from '../options/wait-options.ts'
import type { Ask, AsyncGate, Outcome, Permit } from './gate.ts'
import { outcomeOf, type Settled } from './outcome.ts'

/** How to enter, and how to judge the end. */
export interface RunOptions<R = unknown> extends Ask, WaitOptions {
  /** Judges how the work ended. By default a value is a success, and an error what `outcomeOf` says. */
  readonly outcomeOf?: ((settled: Settled<R>) => Outcome) | undefined
}

/**
 * Enters `gate`, runs `work`, and ends the permit exactly once, whether the work returns, throws or rejects.
 * Refused work is not started.
 *
 * @returns what the work returns
 * @throws OverloadError when refused; `signal.reason` when aborted while waiting; whatever the work throws
 */
export async function run<R>(
  gate: AsyncGate,
  work: () => R | PromiseLike<R>,
  options: RunOptions<R> = {},
): Promise<R> {
  const permit = await gate.enter(options)
  let value: R
  try {
    value = await work()
  } catch (error) {
    endWith(permit, options, { ok: false, error })
    throw error
  }
  endWith(permit, options, { ok: true, value })
  return value
}

function endWith<R>(permit: Permit, options: RunOptions<R>, settled: Settled<R>): void {
  let outcome: Outcome = 'ignored'
  try {
    outcome = (options.outcomeOf ?? outcomeOf)(settled)
  } finally {
    permit.end(outcome)
  }
}
