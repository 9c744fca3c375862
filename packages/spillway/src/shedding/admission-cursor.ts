/**
 * Which levels of importance are admitted, by how long work queues.
 *
 * A level is an importance; 0 is the highest. In each window in which work
 * queued too long, less is admitted than was completed, so that the queue
 * drains; in any other, a little more than before. The histogram of the levels that arrived tells
 * where to draw the line.
 *
 * Pure: takes the time. Source: H. Zhou et al., "Overload Control for Scaling WeChat Microservices" (DAGOR), SoCC
 * 2018. There a window sheds 5 % more; here the completions tell at once how much there is room for.
 * Floor 3: imports nothing.
 */

/** What has queued above the target is to be drained within so many milliseconds … */
const DRAIN_MS = 500
/** … as long as so much of what completes is still admitted. */
const LEAST_OF_COMPLETED = 0.5
/** Of what arrives, so much more is admitted in each window in which nothing queues too long … */
const GROWTH = 0.02
/** … and up to so much on top when nothing queues at all. */
const IDLE_GROWTH = 0.04
/** A new window counts this much in the histogram and the completions. */
const NEWEST = 0.2
/** Even when nothing completes, so much of the traffic is let through, to notice the recovery. */
const LEAST_SHARE = 0.01

/** Draws the line between what is admitted and what is shed. Every operation costs O(1), O(levels) once per window. */
export class AdmissionCursor {
  readonly #targetWaitMs: number
  readonly #windowMs: number
  readonly #levels: number
  readonly #histogram: Float64Array
  readonly #arrived: Float64Array
  #cursor: number
  #share = 1
  #opensMs = Number.NaN
  #completed = 0
  #completedMean = 0
  #isFirst = true
  #waits = 0
  #waitSumMs = 0
  #meanWaitMs = 0

  constructor(options: {
    readonly targetWaitMs: number
    readonly windowMs: number
    readonly levels: number
  }) {
    this.#targetWaitMs = options.targetWaitMs
    this.#windowMs = options.windowMs
    this.#levels = options.levels
    this.#histogram = new Float64Array(options.levels)
    this.#arrived = new Float64Array(options.levels)
    this.#cursor = options.levels
  }

  /** Levels below this one are admitted. */
  get cursor(): number {
    return this.#cursor
  }

  /** The mean queueing time of the last window that had one, in milliseconds. */
  get meanWaitMs(): number {
    return this.#meanWaitMs
  }

  /** Something of a level arrives: whether it is admitted. */
  arrives(level: number, nowMs: number): boolean {
    this.#roll(nowMs)
    this.#arrived[level]!++
    return level < this.#cursor
  }

  /** It was admitted, but never started: it does not count. */
  takesBack(level: number): void {
    if (this.#arrived[level]! > 0) this.#arrived[level]!--
  }

  /** Something that was admitted has ended. */
  completes(nowMs: number): void {
    this.#roll(nowMs)
    this.#completed++
  }

  /** Something has queued for so long; negative or no number counts as not at all. */
  waited(waitedMs: number, nowMs: number): void {
    this.#roll(nowMs)
    this.#waits++
    if (waitedMs > 0) this.#waitSumMs += waitedMs
  }

  #roll(nowMs: number): void {
    // Also after the clock was set back: the line must not stay where it is until the clock has caught up.
    if (!(nowMs >= this.#opensMs)) this.#opensMs = nowMs
    const passed = Math.floor((nowMs - this.#opensMs) / this.#windowMs)
    if (!(passed >= 1)) return
    this.#opensMs += passed * this.#windowMs
    this.#closeWindow()
    // Windows in which nothing happened at all are windows in which nothing queued.
    this.#share = Math.min(1, this.#share + (passed - 1) * (GROWTH + IDLE_GROWTH))
    this.#placeCursor()
  }

  #closeWindow(): void {
    // The first window is all there is to go by.
    const weight = this.#isFirst ? 1 : NEWEST
    this.#isFirst = false
    let arrivals = 0
    for (let level = 0; level < this.#levels; level++) {
      this.#histogram[level]! += weight * (this.#arrived[level]! - this.#histogram[level]!)
      arrivals += this.#histogram[level]!
    }
    this.#completedMean += weight * (this.#completed - this.#completedMean)
    if (this.#waits > 0) this.#meanWaitMs = this.#waitSumMs / this.#waits
    const excessMs = this.#waits > 0 ? this.#meanWaitMs - this.#targetWaitMs : 0
    if (excessMs <= 0) {
      const idle = this.#waits > 0 ? 1 - this.#meanWaitMs / this.#targetWaitMs : 1
      this.#share = Math.min(1, this.#share + GROWTH + IDLE_GROWTH * idle)
    } else if (arrivals > 0) {
      const room = this.#completedMean * Math.max(LEAST_OF_COMPLETED, 1 - excessMs / DRAIN_MS)
      this.#share = Math.max(LEAST_SHARE, Math.min(this.#share, room / arrivals))
    }
    this.#arrived.fill(0)
    this.#completed = 0
    this.#waits = 0
    this.#waitSumMs = 0
  }

  #placeCursor(): void {
    if (this.#share >= 1) {
      this.#cursor = this.#levels
      return
    }
    let left = 0
    for (let level = 0; level < this.#levels; level++) left += this.#histogram[level]!
    left *= this.#share
    this.#cursor = 0
    while (this.#cursor < this.#levels) {
      left -= this.#histogram[this.#cursor]!
      // The highest level is admitted whatever happens: something must pass for the recovery to be noticed.
      if (left < 0 && this.#cursor > 0) return
      this.#cursor++
    }
  }
}
