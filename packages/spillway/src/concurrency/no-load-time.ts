/**
 * How long work takes when nothing queues: the yardstick of a limit that
 * judges by time, and how well it is known.
 *
 * The least time ever seen is no yardstick: one lucky answer from a cache
 * would make everything else look queued. Nor is a mean over everything: in a
 * long overload it learns the overload. So a time counts only when little was
 * in flight, in a probe, or when it is shorter beyond what chance explains;
 * and each by the number of its samples. To weigh by their variance would be
 * wrong: with long work now and then, a window that missed it has both a
 * shorter mean and a smaller variance.
 *
 * Pure. Floor 3: imports nothing.
 */

/** Of a shorter time, seen under load, at most so much is believed at once. */
const DOWN_SHARE = 0.2
/** Of a time seen with little in flight, at most so much is believed at once … */
const IDLE_SHARE = 0.05
/** … and no time as longer than so many times the one believed. */
const MOST_TIMES = 4
/** What is known counts as so many samples at most: work changes. */
const MOST_SAMPLES = 500
/** With a standard error above this part of it, it is vague. */
const VAGUE = 0.06
/** What differs by no more than so many standard errors may be the same time … */
const BY_CHANCE = 2
/** … and by more than so many is not. */
const BEYOND_CHANCE = 3
/** Up to this factor a time counts as one without load. */
const NEAR = 1.1

/** What a number of samples amounts to. */
export interface MeasuredTime {
  /** The mean, in milliseconds. */
  readonly rttMs: number
  /** The standard deviation of one sample, in milliseconds. */
  readonly deviationMs: number
  /** How many samples. At least 1. */
  readonly samples: number
}

/** The time of work without load, in milliseconds, as it is known so far. */
export class NoLoadTime {
  #ms = 0
  #deviationMs = 0
  #samples = 0
  #isMeasured = false

  /** 0 while unknown. */
  get ms(): number {
    return this.#ms
  }

  /** How far chance may have moved it: its standard error, in milliseconds. */
  get standardErrorMs(): number {
    return this.#samples > 0 ? this.#deviationMs / Math.sqrt(this.#samples) : 0
  }

  /** Whether it was ever measured with little in flight. Before, it may be a time under load. */
  get isMeasured(): boolean {
    return this.#isMeasured
  }

  /** Whether more samples would tell much more. */
  get isVague(): boolean {
    return this.#deviationMs > VAGUE * this.#ms * Math.sqrt(this.#samples)
  }

  /** Learns from a window. `idle` tells that too little was in flight to make anything queue. */
  observe(time: MeasuredTime, idle: boolean): void {
    if (this.#ms === 0) this.#replace(time)
    else if (idle) this.#blend(this.#bounded(time), IDLE_SHARE)
    else if (this.#ms - time.rttMs > BEYOND_CHANCE * this.#errorMs(time)) this.#blend(time, DOWN_SHARE)
    if (idle) this.#isMeasured = true
  }

  /** Whether it is measured, and a time differs from it by no more than chance explains. */
  isLike(time: MeasuredTime): boolean {
    return this.#isMeasured && Math.abs(time.rttMs - this.#ms) <= BY_CHANCE * this.#errorMs(time)
  }

  /** Believes another time, as a probe has found it. */
  replace(time: MeasuredTime): void {
    this.#replace(time)
    this.#isMeasured = true
  }

  /** Believes another time, until something queues and it is to be proven. */
  suppose(time: MeasuredTime): void {
    this.#replace(time)
    this.#isMeasured = false
  }

  /** Believes the same time, measured once more in a probe, by its weight. */
  refine(time: MeasuredTime): void {
    this.#blend(time, 1)
  }

  /** Whether a time is about the one without load. */
  isNear(rttMs: number): boolean {
    return rttMs <= NEAR * this.#ms
  }

  /** A clock that jumps, or a machine that slept, must not make it unlimited. */
  #bounded({ rttMs, deviationMs, samples }: MeasuredTime): MeasuredTime {
    const mostMs = MOST_TIMES * this.#ms
    return { rttMs: Math.min(rttMs, mostMs), deviationMs: Math.min(deviationMs, mostMs), samples }
  }

  /** In doubt everything is chance: the larger deviation counts for both. */
  #errorMs({ deviationMs, samples }: MeasuredTime): number {
    return Math.max(deviationMs, this.#deviationMs) * Math.sqrt(1 / samples + 1 / this.#samples)
  }

  #replace({ rttMs, deviationMs, samples }: MeasuredTime): void {
    this.#ms = rttMs
    this.#deviationMs = deviationMs
    this.#samples = Math.min(MOST_SAMPLES, samples)
  }

  #blend({ rttMs, deviationMs, samples }: MeasuredTime, mostShare: number): void {
    const share = Math.min(mostShare, samples / (this.#samples + samples))
    this.#ms += share * (rttMs - this.#ms)
    this.#deviationMs += share * (deviationMs - this.#deviationMs)
    this.#samples = Math.min(MOST_SAMPLES, this.#samples + samples)
  }
}
