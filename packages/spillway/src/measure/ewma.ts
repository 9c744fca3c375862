/**
 * A mean that forgets exponentially, by time and not by the number of samples.
 *
 * Kept as a decayed sum and a decayed count, so that samples of one instant
 * count alike, and the first samples are an ordinary mean without a bias.
 *
 * Floor 1: imports `options`.
 */
import { positive, resolveOptions } from '../options/rules.ts'

/** Options of an `Ewma`. */
export interface EwmaOptions {
  /** The time in milliseconds after which a sample counts half. Above 0. */
  readonly halfLifeMs: number
}

/**
 * An exponentially weighted mean of samples at any times. Every operation costs O(1). A clock that is set back counts
 * as no time passed, and goes on from there.
 */
export class Ewma {
  readonly #halfLifeMs: number
  #weight = 0
  #sum = 0
  #nowMs = Number.NEGATIVE_INFINITY

  /** @throws OptionError when `halfLifeMs` is missing or not above 0 */
  constructor(options: EwmaOptions) {
    this.#halfLifeMs = resolveOptions('Ewma', options, { halfLifeMs: positive }).halfLifeMs
  }

  /**
   * Adds one sample of any sign.
   *
   * @returns whether it was counted; `NaN` and infinities are ignored
   */
  record(value: number, nowMs: number): boolean {
    if (!Number.isFinite(value)) return false
    this.#fadeTo(nowMs)
    this.#weight += 1
    this.#sum += value
    return true
  }

  /** The mean; 0 without samples. Without new samples it stays: their weights fade alike. */
  get mean(): number {
    return this.#weight > 0 ? this.#sum / this.#weight : 0
  }

  /** How many samples the mean stands on: each counts 1 when it comes, half after `halfLifeMs`. */
  weight(nowMs: number): number {
    this.#fadeTo(nowMs)
    return this.#weight
  }

  #fadeTo(nowMs: number): void {
    if (!Number.isFinite(nowMs)) return
    if (nowMs > this.#nowMs && this.#weight > 0) {
      const kept = 2 ** ((this.#nowMs - nowMs) / this.#halfLifeMs)
      this.#weight *= kept
      this.#sum *= kept
    }
    this.#nowMs = nowMs
  }
}
