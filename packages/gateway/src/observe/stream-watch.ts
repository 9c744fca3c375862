/**
 * What is seen of a stream over time: how much arrives, is refused, is
 * delivered, and how much waits, in bins of 100 ms for two minutes and of a
 * second for an hour. The diagnosis reads them.
 *
 * The queue that is watched is the whole backlog, not the window over it. Of a
 * request refused on its headers nobody knows how many events it had: it counts
 * as many as those have in the mean whose body was read, taken or not.
 *
 * What happens in one turn of the event loop is told together: the clock is
 * read once for all of it.
 *
 * Imports `spillway`, `protocol`.
 */
import { BinSeries, type BinSnapshot, type Clock } from 'spillway'
import type { ProblemCode } from '../protocol/problem.ts'

/** How much the latest batch counts in the mean size of batches, once there have been enough of them. */
const WEIGHT = 0.05
/** Refusals that say that the stream could not hold more. A rate that was exceeded is none of them. */
const OVERFLOWS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'ERR_QUEUE_FULL',
  'ERR_WAIT_TIMEOUT',
  'ERR_TOO_MANY_WAITING',
  'ERR_BUDGET_UNREACHABLE',
])

/** Both series at one instant. */
export interface WatchedBins {
  /** 100 ms each, two minutes of them. */
  readonly fine: BinSnapshot
  /** A second each, an hour of them. */
  readonly coarse: BinSnapshot
}

/** Watches one stream. Each call costs O(1). */
export class StreamWatch {
  readonly #clock: Clock
  readonly #series = [new BinSeries(), new BinSeries({ binMs: 1000, bins: 3600 })] as const
  #batch = 1
  #batches = 0
  #held = 0
  #inFlight = 0
  #endedMs: number
  // What happened in this turn.
  #isTelling = false
  #arrivals = 0
  #drops = 0
  #starts = 0
  #ends = 0
  #failures = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#endedMs = clock.nowMs()
  }

  /** A request brought so many events, whatever becomes of them. */
  brought(events: number): void {
    this.#batches++
    this.#batch += Math.max(WEIGHT, 1 / this.#batches) * (events - this.#batch)
  }

  /** So many events were taken. */
  took(events: number): void {
    this.#held += events
    this.#arrivals += events
    this.#tellSoon()
  }

  /** A request was refused as a whole. */
  refused(code: ProblemCode): void {
    if (OVERFLOWS.has(code)) this.foundNoPlace(Math.max(1, Math.round(this.#batch)))
  }

  /** So many events came and were not taken. */
  foundNoPlace(events: number): void {
    this.#arrivals += events
    this.#drops += events
    this.#tellSoon()
  }

  /** So many were pushed out by newer ones. */
  evicted(events: number): void {
    this.#held -= events
    this.#drops += events
    this.#tellSoon()
  }

  /** So many are being delivered. */
  began(events = 1): void {
    this.#inFlight += events
    this.#starts += events
    this.#tellSoon()
  }

  /** So many deliveries ended, and their events left the backlog. */
  left(events: number): void {
    this.#inFlight -= events
    this.#held -= events
    this.#ends += events
    this.#tellSoon()
  }

  /** One delivery ended, and its event will come again. */
  failed(): void {
    this.#inFlight--
    this.#failures++
    this.#tellSoon()
  }

  /** So many are in the backlog, whoever brought them there: found by the start, replayed, removed by hand. */
  holds(events: number): void {
    this.#held = events
    this.#tellSoon()
  }

  /** For how long deliveries have been under way without one of them ending, in milliseconds; 0 when none is. */
  standstillMs(): number {
    this.#tell()
    return this.#inFlight === 0 ? 0 : this.#clock.nowMs() - this.#endedMs
  }

  /** Copies of the bins: for moments, not for each event. */
  bins(): WatchedBins {
    this.#tell()
    const nowMs = this.#clock.nowMs()
    const [fine, coarse] = this.#series
    return { fine: fine.snapshot(nowMs), coarse: coarse.snapshot(nowMs) }
  }

  #tellSoon(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => this.#tell())
  }

  #tell(): void {
    if (!this.#isTelling) return
    this.#isTelling = false
    const nowMs = this.#clock.nowMs()
    const passed = { arrivals: this.#arrivals, starts: this.#starts, ends: this.#ends }
    // When nothing was under way before this turn, the stretch of time begins with it.
    const wasIdle = this.#inFlight - this.#starts + this.#ends + this.#failures <= 0
    if (wasIdle || this.#ends + this.#failures > 0) this.#endedMs = nowMs
    for (const bins of this.#series) {
      bins.passed(nowMs, passed, 0)
      if (this.#drops > 0) bins.dropped(nowMs, this.#drops)
      for (let failure = 0; failure < this.#failures; failure++) bins.completed(nowMs, 0, 0)
      bins.queued(nowMs, Math.max(0, this.#held - this.#inFlight))
    }
    this.#arrivals = this.#drops = this.#starts = this.#ends = this.#failures = 0
  }
}
