/**
 * Time that moves only when told to: for tests and simulators.
 *
 * Floor: testing. Imports `clock`, `queues`.
 */
import type { Cancel, Clock } from '../clock/clock.ts'
import { type Timed, TimeHeap } from '../queues/time-heap.ts'

class Timer implements Timed {
  heapIndex = -1
  heapOrder = 0
  readonly atMs: number
  readonly callback: () => void

  constructor(atMs: number, callback: () => void) {
    this.atMs = atMs
    this.callback = callback
  }
}

/** A clock for tests: callbacks run in order of their time, then of their scheduling, and only inside `advance*`. */
export class VirtualClock implements Clock {
  #nowMs: number
  readonly #timers = new TimeHeap<Timer>()

  /** @param startMs - where time starts, in milliseconds */
  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  /** How many callbacks are scheduled: 0 shows that nothing leaked. */
  get pending(): number {
    return this.#timers.size
  }

  /** When the next callback is due; `undefined` when none is. */
  get nextAtMs(): number | undefined {
    return this.#timers.first?.atMs
  }

  schedule(delayMs: number, callback: () => void): Cancel {
    if (delayMs === Number.POSITIVE_INFINITY) return () => {}
    const timer = new Timer(this.#nowMs + (delayMs > 0 ? delayMs : 0), callback)
    this.#timers.add(timer)
    return () => {
      this.#timers.remove(timer)
    }
  }

  /** Runs the next callback, moving time to it; `false` when there is none. */
  runNext(): boolean {
    const timer = this.#timers.first
    if (!timer) return false
    this.#timers.remove(timer)
    if (timer.atMs > this.#nowMs) this.#nowMs = timer.atMs
    timer.callback()
    return true
  }

  /** Moves time forward by `ms`, running what falls due. Promise callbacks do not run in between: see `advanceAsync`. */
  advance(ms: number): void {
    this.advanceTo(this.#nowMs + ms)
  }

  /** Moves time forward to `atMs`, running what falls due. */
  advanceTo(atMs: number): void {
    for (let next = this.nextAtMs; next !== undefined && next <= atMs; next = this.nextAtMs) this.runNext()
    if (atMs > this.#nowMs) this.#nowMs = atMs
  }

  /** Moves time forward by `ms`, and lets every promise settle before, between and after the callbacks. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    await promisesSettled()
    for (let next = this.nextAtMs; next !== undefined && next <= untilMs; next = this.nextAtMs) {
      this.runNext()
      await promisesSettled()
    }
    if (untilMs > this.#nowMs) this.#nowMs = untilMs
  }

  /** Steps time, back too: to show that a clock that is set back does no harm. Runs nothing. */
  step(ms: number): void {
    this.#nowMs += ms
  }
}

/** Resolves when every promise callback that was ready, and those they made ready, has run. */
export function promisesSettled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
