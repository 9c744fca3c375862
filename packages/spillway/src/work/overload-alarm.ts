/**
 * Tells of overload, with its cause, and does not flood: a second after the
 * first drop, so that there is something to see, then at most once in ten
 * seconds for as long as drops go on, and a last time at the end.
 *
 * Floor 4: imports `clock`.
 */
import type { Cancel, Clock } from '../clock/clock.ts'

const LOOK_AFTER_MS = 1000
const EVERY_MS = 10_000

/** A throttled alarm. At most one timer is alive, and none while nothing is dropped. */
export class OverloadAlarm {
  readonly #clock: Clock
  readonly #sound: () => void
  #cancelTimer: Cancel | undefined
  #lastMs = Number.NEGATIVE_INFINITY

  /** @param sound - called to tell; it must not throw */
  constructor(clock: Clock, sound: () => void) {
    this.#clock = clock
    this.#sound = sound
  }

  /** Something was dropped. */
  dropped(): void {
    if (this.#cancelTimer) return
    // The clock may have been set back: nobody waits for an alarm until it has caught up.
    const sinceMs = Math.max(0, this.#clock.nowMs() - this.#lastMs)
    const afterMs = Math.max(LOOK_AFTER_MS, EVERY_MS - sinceMs)
    this.#cancelTimer = this.#clock.schedule(afterMs, this.#onTimer)
  }

  /** Nothing more will come: what there is to tell is told now, and no timer stays alive. */
  conclude(): void {
    if (!this.#cancelTimer) return
    this.#cancelTimer()
    this.#onTimer()
  }

  readonly #onTimer = (): void => {
    this.#cancelTimer = undefined
    this.#lastMs = this.#clock.nowMs()
    this.#sound()
  }
}
