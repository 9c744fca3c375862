/**
 * A ring of short bins: what a queue and its workers did in the last two
 * minutes, told moment by moment, for the diagnosis to read.
 *
 * Work and depth last over time, so they are carried forward: a bin in which
 * nothing happened still knows how deep the queue was and how busy the workers.
 *
 * Floor 1: imports `options`.
 */
import { integerFrom, optional, positive, type Rules, resolveOptions } from '../options/rules.ts'
import type { BinSnapshot } from './bin-snapshot.ts'

/** Options of a `BinSeries`. */
export interface BinSeriesOptions {
  /** The length of a bin in milliseconds. Above 0; 100 by default. */
  readonly binMs?: number | undefined
  /** How many bins are kept, from 2 to 100,000; 1,200 by default: 53 kB, two minutes of 100 ms. */
  readonly bins?: number | undefined
}

/** Events that are told of together. */
export interface PassedEvents {
  readonly arrivals: number
  readonly starts: number
  readonly ends: number
}

const RULES: Rules<BinSeriesOptions> = { binMs: optional(positive), bins: optional(integerFrom(2, 100_000)) }

/**
 * Records a queue's life. Every record costs O(1) and allocates nothing; the first in a new bin also
 * clears the bins in between. A clock that is set back counts as no time passed, and goes on from there: earlier bins
 * then have other times, and are as long as they were.
 */
export class BinSeries {
  readonly #binMs: number
  readonly #bins: number
  readonly #arrivals: Uint32Array
  readonly #drops: Uint32Array
  readonly #completions: Uint32Array
  readonly #retries: Uint32Array
  readonly #maxDepth: Uint32Array
  readonly #busyMs: Float64Array
  readonly #serviceSumMs: Float64Array
  readonly #serviceSquares: Float64Array
  #index = 0
  #filled = 0
  #startMs = 0
  #endMs = Number.NEGATIVE_INFINITY
  #nowMs = Number.NEGATIVE_INFINITY
  #depth = 0
  #busyWorkers = 0
  #busyCountedToMs = 0

  /** @throws OptionError when an option is unknown or out of its range */
  constructor(options: BinSeriesOptions = {}) {
    const { binMs, bins } = resolveOptions('BinSeries', options, RULES, { binMs: 100, bins: 1200 })
    this.#binMs = binMs
    this.#bins = bins
    this.#arrivals = new Uint32Array(bins)
    this.#drops = new Uint32Array(bins)
    this.#completions = new Uint32Array(bins)
    this.#retries = new Uint32Array(bins)
    this.#maxDepth = new Uint32Array(bins)
    this.#busyMs = new Float64Array(bins)
    this.#serviceSumMs = new Float64Array(bins)
    this.#serviceSquares = new Float64Array(bins)
  }

  /** How many workers are at work, as told by `started` and `completed`. */
  get busyWorkers(): number {
    return this.#busyWorkers
  }

  /** An item arrived, whatever becomes of it. A retry is the client's second or later try. */
  arrived(nowMs: number, isRetry = false): void {
    this.#moveTo(nowMs)
    this.#arrivals[this.#index]!++
    if (isRetry) this.#retries[this.#index]!++
  }

  /** So many items were refused or evicted. */
  dropped(nowMs: number, items = 1): void {
    this.#moveTo(nowMs)
    this.#drops[this.#index]! += items
  }

  /** The queue now holds `depth` items, those being worked on not counted. */
  queued(nowMs: number, depth: number): void {
    this.#moveTo(nowMs)
    this.#depth = depth
    if (depth > this.#maxDepth[this.#index]!) this.#maxDepth[this.#index] = depth
  }

  /** A worker went to work. */
  started(nowMs: number): void {
    this.#moveTo(nowMs)
    this.#countBusy(this.#nowMs)
    this.#busyWorkers++
  }

  /**
   * A worker is free again.
   *
   * @param serviceMs - how long the work took; negative or `NaN` counts as 0
   * @param items - how many items it was: the size of a batch, 0 for work that doesn't count
   */
  completed(nowMs: number, serviceMs: number, items = 1): void {
    this.#moveTo(nowMs)
    this.#countBusy(this.#nowMs)
    if (this.#busyWorkers > 0) this.#busyWorkers--
    if (!(items > 0)) return
    const index = this.#index
    const spentMs = serviceMs >= 0 ? serviceMs : 0
    this.#completions[index]! += items
    this.#serviceSumMs[index]! += spentMs
    this.#serviceSquares[index]! += (spentMs * spentMs) / items
  }

  /** Several arrivals, starts and ends at once, each end after a service of `serviceMs`. */
  passed(nowMs: number, { arrivals, starts, ends }: PassedEvents, serviceMs: number): void {
    this.#moveTo(nowMs)
    this.#countBusy(this.#nowMs)
    const index = this.#index
    this.#arrivals[index]! += arrivals
    this.#completions[index]! += ends
    this.#busyWorkers = Math.max(0, this.#busyWorkers + starts - ends)
    this.#serviceSumMs[index]! += ends * serviceMs
    this.#serviceSquares[index]! += ends * serviceMs * serviceMs
  }

  /** A copy of the bins kept, the one begun included. Costs O(bins): for moments, not for each item. */
  snapshot(nowMs: number): BinSnapshot {
    this.#moveTo(nowMs)
    this.#countBusy(this.#nowMs)
    const binsSinceStart = this.#filled - 1
    return {
      binMs: this.#binMs,
      startMs: this.#startMs - binsSinceStart * this.#binMs,
      lastBinMs: Math.max(Number.EPSILON, Math.min(this.#binMs, this.#nowMs - this.#startMs)),
      arrivals: this.#inOrder(this.#arrivals),
      drops: this.#inOrder(this.#drops),
      completions: this.#inOrder(this.#completions),
      busyMs: this.#inOrder(this.#busyMs),
      maxDepth: this.#inOrder(this.#maxDepth),
      serviceSumMs: this.#inOrder(this.#serviceSumMs),
      serviceSquares: this.#inOrder(this.#serviceSquares),
      retries: this.#inOrder(this.#retries),
    }
  }

  #moveTo(nowMs: number): void {
    if (nowMs >= this.#nowMs && nowMs < this.#endMs) {
      this.#nowMs = nowMs
      return
    }
    if (!Number.isFinite(nowMs)) return
    if (nowMs < this.#nowMs) this.#setBack(this.#nowMs - nowMs)
    this.#nowMs = nowMs
    if (this.#filled === 0) this.#begin(nowMs)
    else if (nowMs - this.#endMs >= this.#bins * this.#binMs) this.#skipTo(nowMs)
    else this.#catchUp(nowMs)
  }

  #setBack(byMs: number): void {
    this.#startMs -= byMs
    this.#endMs -= byMs
    this.#busyCountedToMs -= byMs
  }

  #begin(nowMs: number): void {
    this.#filled = 1
    this.#startMs = nowMs
    this.#endMs = nowMs + this.#binMs
    this.#busyCountedToMs = nowMs
  }

  /** After a silence longer than the ring every bin is as the last one was at its end. */
  #skipTo(nowMs: number): void {
    const silentBins = Math.floor((nowMs - this.#endMs) / this.#binMs) - this.#bins
    this.#startMs += silentBins * this.#binMs
    this.#endMs = this.#startMs + this.#binMs
    this.#busyCountedToMs = this.#endMs
    this.#catchUp(nowMs)
  }

  /** Not for ever: to a time so large that it has no room for a bin, such as one in nanoseconds, none would add anything. */
  #catchUp(nowMs: number): void {
    for (let left = this.#bins + 1; nowMs >= this.#endMs && left > 0; left--) this.#nextBin()
  }

  #nextBin(): void {
    this.#countBusy(this.#endMs)
    this.#startMs = this.#endMs
    this.#endMs += this.#binMs
    const index = (this.#index + 1) % this.#bins
    this.#index = index
    if (this.#filled < this.#bins) this.#filled++
    this.#arrivals[index] = 0
    this.#drops[index] = 0
    this.#completions[index] = 0
    this.#retries[index] = 0
    this.#busyMs[index] = 0
    this.#serviceSumMs[index] = 0
    this.#serviceSquares[index] = 0
    this.#maxDepth[index] = this.#depth
  }

  #countBusy(untilMs: number): void {
    this.#busyMs[this.#index]! += this.#busyWorkers * (untilMs - this.#busyCountedToMs)
    this.#busyCountedToMs = untilMs
  }

  #inOrder<A extends Uint32Array | Float64Array>(ring: A): A {
    const first = (this.#index + 1 - this.#filled + this.#bins) % this.#bins
    const ordered = ring.slice(0, this.#filled) as A
    if (first === 0) return ordered
    ordered.set(ring.subarray(first))
    ordered.set(ring.subarray(0, first), this.#bins - first)
    return ordered
  }
}
