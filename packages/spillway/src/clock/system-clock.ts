/**
 * The real clock: `performance.now()` and `setTimeout`, with the traps of
 * `setTimeout` covered. It drops fractions (10.4 ms fires after 10.1), and
 * turns a delay of 2^31 ms or more, or `Infinity`, into 1 ms.
 *
 * This is the only module of the library that reads time.
 *
 * Floor 0: imports nothing.
 */
import type { Cancel, Clock } from './clock.ts'

/** The longest delay `setTimeout` keeps, in milliseconds; a longer wait is made of several. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1

const nothingToCancel: Cancel = () => {}

/** Monotonic time of this process; the default clock of everything in the library. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  schedule(delayMs, callback) {
    if (delayMs === Number.POSITIVE_INFINITY) return nothingToCancel
    const wholeMs = Math.ceil(delayMs)
    if (wholeMs > MAX_TIMER_MS) return scheduleInSteps(performance.now() + delayMs, callback)
    const timer = setTimeout(callback, wholeMs > 0 ? wholeMs : 0)
    return () => clearTimeout(timer)
  },
}

function scheduleInSteps(atMs: number, callback: () => void): Cancel {
  let timer: ReturnType<typeof setTimeout>
  const step = (): void => {
    const remainingMs = Math.ceil(atMs - performance.now())
    timer =
      remainingMs > MAX_TIMER_MS
        ? setTimeout(step, MAX_TIMER_MS)
        : setTimeout(callback, Math.max(0, remainingMs))
  }
  step()
  return () => clearTimeout(timer)
}
