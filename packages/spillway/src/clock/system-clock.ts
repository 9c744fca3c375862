/**
 * The real clock: `performance.now()` and `setTimeout`, with the traps of
 * `setTimeout` covered. It drops fractions (10.4 ms fires after 10.1), may
 * fire up to 1 ms early after a busy turn, and turns a delay of 2^31 ms or
 * more, or `Infinity`, into 1 ms.
 *
 * This is the only module of the library that reads time.
 *
 * Floor 0: imports nothing.
 */
import type { Cancel, Clock } from './clock.ts'

/** The longest delay `setTimeout` keeps, in milliseconds; a longer wait is made of several. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1

/** Kept, because the global is a getter in Node, and reading it each time costs a third of reading the time. */
const monotonic = performance

const nothingToCancel: Cancel = () => {}

/**
 * Monotonic time of this process; the default clock of everything in the library. Fake timers of a test runner do not
 * move it: give what you test a `VirtualClock`.
 */
export const systemClock: Clock = {
  nowMs: () => monotonic.now(),
  schedule(delayMs, callback) {
    if (delayMs === Number.POSITIVE_INFINITY) return nothingToCancel
    const waitMs = delayMs > 0 ? delayMs : 0
    const atMs = monotonic.now() + waitMs
    const onTimer = (): void => {
      const remainingMs = atMs - monotonic.now()
      if (remainingMs > 0) timer = setTimeout(onTimer, wholeMs(remainingMs))
      else callback()
    }
    let timer = setTimeout(onTimer, wholeMs(waitMs))
    return () => clearTimeout(timer)
  },
}

function wholeMs(ms: number): number {
  return ms < MAX_TIMER_MS ? Math.ceil(ms) : MAX_TIMER_MS
}
