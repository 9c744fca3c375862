/**
 * Select: wait for whichever of several channels is ready first, to send or
 * to receive, and do exactly one of them.
 *
 * `select` waits; `trySelect` does not, as a `select` with a `default` in Go.
 * Absent: weights and order among the cases. The choice among ready cases is
 * uniformly random, so that a busy channel cannot starve another.
 *
 * Floor 3: imports `clock`, `options`.
 * Source: the Go specification, "Select statements".
 */
import { systemClock } from '../clock/system-clock.ts'
import { openWait, UNBOUNDED, type WaitOptions } from '../options/wait-options.ts'
import { Exchange } from './exchange.ts'
import { assertMayWait } from './refusals.ts'
import { type Answer, type Arm, armsOf, ReceiveArm, type WaitEnd } from './select-arm.ts'
import type { SelectCases, Selected } from './select-case.ts'

/** How a select chooses. */
export interface TrySelectOptions {
  /**
   * Numbers in [0, 1), to choose among ready cases.
   * @defaultValue `Math.random`
   */
  readonly random?: (() => number) | undefined
}

/**
 * How a select waits and chooses. A deadline runs on the clock of the first enabled case's channel, on the system
 * clock when every case is disabled.
 */
export interface SelectOptions extends WaitOptions, TrySelectOptions {}

/**
 * Waits until one of the cases can proceed, and does that one alone: the others keep their items. A case whose
 * channel is `undefined` or `null` is disabled; with all of them disabled the wait has no end but its bounds.
 *
 * Rejects with `signal.reason` when aborted; with `OverloadError` of code `ERR_CLOSED` when a send case is chosen
 * or waits and its channel is closed, `ERR_WAIT_TIMEOUT` when the wait would be longer than `timeoutMs` or
 * `finishWithinMs`, `ERR_TOO_MANY_WAITING` when as many wait for one of the channels as may; with `OptionError`
 * when a case or a bound is none. A rejected select has sent and taken nothing. Costs O(number of cases).
 *
 * @example
 * ```ts
 * const next = await select({ job: receiveFrom(jobs), stop: receiveFrom(stop) }, { timeoutMs: 1000 })
 * if (next.case === 'job' && !next.done) await work(next.value)
 * ```
 */
export function select<const C extends SelectCases>(
  cases: C,
  wait: SelectOptions = UNBOUNDED,
): Promise<Selected<C>> {
  try {
    const boundMs = openWait('select', wait)
    const arms = armsOf(cases)
    const ready = pickReady(arms, wait.random)
    if (ready !== undefined) return Promise.resolve(typed<C>(ready.proceed()))
    if (arms.length === 0) arms.push(neverReady())
    return new Promise((resolve, reject) => {
      const end: WaitEnd = { resolve: (answer) => resolve(typed<C>(answer)), reject }
      park(arms, { boundMs, signal: wait.signal }, end)
    })
  } catch (refusal) {
    return Promise.reject(refusal)
  }
}

/**
 * Does one of the cases that can proceed at once; `undefined` when none can, and nothing changes.
 *
 * @throws OverloadError of code `ERR_CLOSED` when a send case is chosen and its channel is closed
 * @throws OptionError when a case is none
 */
export function trySelect<const C extends SelectCases>(
  cases: C,
  options: TrySelectOptions = {},
): Selected<C> | undefined {
  const ready = pickReady(armsOf(cases), options.random)
  return ready === undefined ? undefined : typed<C>(ready.proceed())
}

/** One of the ready arms, each as likely as the others. */
function pickReady(arms: readonly Arm[], random: () => number = Math.random): Arm | undefined {
  let ready: Arm | undefined
  let readyCount = 0
  for (const arm of arms) {
    if (!arm.isReady) continue
    readyCount++
    if (readyCount === 1 || random() * readyCount < 1) ready = arm
  }
  return ready
}

/** Lets every arm wait in its channel; the first to be met takes all out. The first arm carries the bounds. */
function park(
  arms: readonly Arm[],
  bounds: { readonly boundMs: number; readonly signal: WaitOptions['signal'] },
  end: WaitEnd,
): void {
  const leave = (): void => {
    for (const arm of arms) arm.waitList?.remove(arm)
  }
  const waitEnd: WaitEnd = {
    resolve(answer) {
      leave()
      end.resolve(answer)
    },
    reject(reason) {
      leave()
      end.reject(reason)
    },
  }
  let { boundMs, signal } = bounds
  try {
    for (const arm of arms) {
      assertMayWait('select', arm.waiters, boundMs)
      arm.waitEnd = waitEnd
      arm.waiters.add(arm, boundMs, signal)
      boundMs = Number.POSITIVE_INFINITY
      signal = undefined
    }
  } catch (refusal) {
    waitEnd.reject(refusal)
  }
}

function typed<C extends SelectCases>(answer: Answer): Selected<C> {
  // The arm was made from a case of C: its name is a key, its value what that channel carries.
  return answer as unknown as Selected<C>
}

/** What a disabled case is: a receive from a channel that nobody else knows. */
function neverReady(): ReceiveArm {
  return new ReceiveArm('', new Exchange<unknown>({ capacity: 0, maxWaiting: 1, clock: systemClock }))
}
