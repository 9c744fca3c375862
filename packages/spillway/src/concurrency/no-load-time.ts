/**
 * How long work takes when nothing queues: the yardstick of a limit that
 * judges by time.
 *
 * The least time ever seen is no yardstick: one lucky answer from a cache
 * would make everything else look queued. Nor is a mean over everything: in a
 * long overload it learns the overload. So a shorter time is believed by
 * halves, a longer one only when little was in flight, or in a probe.
 *
 * Pure. Floor 3: imports nothing.
 */

/** Of a shorter time, so much is believed at once. */
const DOWN_SHARE = 0.2
/** Of a longer time, seen with little in flight, so much is believed at once. */
const UP_SHARE = 0.05
/** Of a measurement that chance may explain, so much is believed. */
const CHANCE_SHARE = 0.3
/** Up to this factor a time counts as one without load. */
const NEAR = 1.1

/** The time of work without load, in milliseconds, as it is known so far. */
export class NoLoadTime {
  #ms = 0

  /** 0 while unknown. */
  get ms(): number {
    return this.#ms
  }

  /** Learns from a window. `idle` tells that too little was in flight to make anything queue. */
  observe(rttMs: number, idle: boolean): void {
    if (this.#ms === 0) this.#ms = rttMs
    else if (rttMs < this.#ms) this.#ms += DOWN_SHARE * (rttMs - this.#ms)
    else if (idle) this.#ms += UP_SHARE * (rttMs - this.#ms)
  }

  /** Believes what a probe has measured; within what chance explains, in part only. */
  measured(rttMs: number, errorMs: number): void {
    const byChance = Math.abs(rttMs - this.#ms) <= 2 * errorMs
    this.#ms += (byChance ? CHANCE_SHARE : 1) * (rttMs - this.#ms)
  }

  /** Whether a time is about the one without load. */
  isNear(rttMs: number): boolean {
    return rttMs <= NEAR * this.#ms
  }
}
