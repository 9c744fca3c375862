/**
 * Gathers samples until they say something: one sample is chance.
 *
 * Source: `WindowedLimit` of Netflix's concurrency-limits. Pure: takes the time from the samples.
 * Floor 3: imports nothing outside `concurrency`.
 */
import type { LimitSample } from './limit.ts'

/** What a window of samples amounts to. */
export interface WindowSummary {
  /** The mean time of what was not dropped, in milliseconds; 0 when everything was. */
  readonly rttMs: number
  /** The standard deviation of one such time, in milliseconds. */
  readonly deviationMs: number
  /** How far chance may have moved the mean: its standard error, in milliseconds. 0 for fewer than two samples. */
  readonly errorMs: number
  /** How many were not dropped. */
  readonly samples: number
  /** The most that was in flight. */
  readonly maxInFlight: number
  /** How much was in flight, on average, when something that was not dropped started. */
  readonly meanInFlight: number
  /** The share that was dropped, from 0 to 1. */
  readonly dropShare: number
}

/** A window closes at the first sample after `windowMs` that makes `minSamples`; with a drop, after `windowMs`. */
export class SampleWindow {
  readonly #windowMs: number
  readonly #minSamples: number
  #openedMs = Number.NaN
  #count = 0
  #drops = 0
  #rttSumMs = 0
  #rttSquares = 0
  #maxInFlight = 0
  #inFlightSum = 0

  /** Both are at least 0; `windowMs` 0 and `minSamples` 1 make a window of each sample. */
  constructor(windowMs: number, minSamples: number) {
    this.#windowMs = windowMs
    this.#minSamples = minSamples
  }

  /** Adds a sample, and returns the summary when it closes the window. */
  add({ endMs, rttMs, inFlight, dropped }: LimitSample): WindowSummary | undefined {
    if (this.#count === 0 || endMs < this.#openedMs) this.#openedMs = endMs
    this.#count++
    if (dropped) this.#drops++
    else this.#addTime(rttMs, inFlight)
    if (inFlight > this.#maxInFlight) this.#maxInFlight = inFlight
    const isRipe = endMs - this.#openedMs >= this.#windowMs
    if (!isRipe || (this.#count < this.#minSamples && this.#drops === 0)) return undefined
    const kept = this.#count - this.#drops
    const mean = kept > 0 ? this.#rttSumMs / kept : 0
    const variance = kept > 1 ? Math.max(0, this.#rttSquares / kept - mean * mean) : 0
    const summary = {
      rttMs: mean,
      deviationMs: Math.sqrt(variance),
      errorMs: kept > 1 ? Math.sqrt(variance / (kept - 1)) : 0,
      samples: kept,
      maxInFlight: this.#maxInFlight,
      meanInFlight: kept > 0 ? this.#inFlightSum / kept : 0,
      dropShare: this.#drops / this.#count,
    }
    this.clear()
    return summary
  }

  /** Forgets what was gathered. */
  clear(): void {
    this.#count = 0
    this.#drops = 0
    this.#rttSumMs = 0
    this.#rttSquares = 0
    this.#maxInFlight = 0
    this.#inFlightSum = 0
  }

  #addTime(rttMs: number, inFlight: number): void {
    this.#inFlightSum += inFlight
    this.#rttSumMs += rttMs
    this.#rttSquares += rttMs * rttMs
  }
}

/** Two windows as one. */
export function pooled(a: WindowSummary, b: WindowSummary): WindowSummary {
  const samples = a.samples + b.samples
  const mean = (of: (window: WindowSummary) => number): number =>
    (a.samples * of(a) + b.samples * of(b)) / samples
  const rttMs = mean((window) => window.rttMs)
  const squares = mean((window) => window.rttMs ** 2 + window.deviationMs ** 2)
  const deviationMs = Math.sqrt(Math.max(0, squares - rttMs * rttMs))
  return {
    rttMs,
    deviationMs,
    errorMs: samples > 1 ? deviationMs / Math.sqrt(samples - 1) : 0,
    samples,
    maxInFlight: Math.max(a.maxInFlight, b.maxInFlight),
    meanInFlight: mean((window) => window.meanInFlight),
    dropShare: mean((window) => window.dropShare),
  }
}
