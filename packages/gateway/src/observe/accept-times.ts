/**
 * How long requests took to their 202: quantiles of the last seconds for a
 * person, and counts by bucket for Prometheus.
 *
 * Imports `spillway`, `protocol`.
 */
import { WindowedHistogram } from 'spillway'
import type { QuantileState } from '../protocol/state.ts'

/** The upper bounds of the buckets, in seconds; the last one has none. */
export const ACCEPT_BOUNDS_S: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** A histogram since the start of the process, in seconds. */
export interface TimeBuckets {
  /** For each bound, how many were at most so long; the last one is `Infinity`. */
  readonly buckets: readonly { readonly boundS: number; readonly count: number }[]
  readonly sumS: number
  readonly count: number
}

/** Records durations in O(1). */
export class AcceptTimes {
  readonly #recent = new WindowedHistogram()
  readonly #counts = new Array<number>(ACCEPT_BOUNDS_S.length + 1).fill(0)
  #sumMs = 0

  /** One request was answered 202 after so long. */
  record(durationMs: number, nowMs: number): void {
    this.#recent.record(durationMs, nowMs)
    this.#sumMs += durationMs
    let bucket = 0
    while (bucket < ACCEPT_BOUNDS_S.length && durationMs > 1000 * (ACCEPT_BOUNDS_S[bucket] ?? 0)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
  }

  /** Of the last ten seconds; `undefined` when there was none in them. */
  recent(nowMs: number): QuantileState | undefined {
    if (this.#recent.count(nowMs) === 0) return undefined
    return { p50: this.#recent.exactQuantile(0.5, nowMs), p99: this.#recent.exactQuantile(0.99, nowMs) }
  }

  /** Of all requests so far. */
  buckets(): TimeBuckets {
    let count = 0
    const buckets = this.#counts.map((inBucket, index) => {
      count += inBucket
      return { boundS: ACCEPT_BOUNDS_S[index] ?? Number.POSITIVE_INFINITY, count }
    })
    return { buckets, sumS: this.#sumMs / 1000, count }
  }
}
