/**
 * What a queue sees of itself: the bins that the diagnosis reads, service and
 * queueing times.
 *
 * Reading the clock costs as much as handing an item over. So where nothing
 * depends on the exact time, dense events share a reading, and of very short
 * services one in thirty-two is measured. `npm run bench -- tasks` times it.
 *
 * Floor 4: imports `clock`, `measure`.
 */
import type { Clock } from '../clock/clock.ts'
import { BinSeries } from '../measure/bins.ts'
import { ServiceEstimate } from '../measure/service-estimate.ts'
import { WindowedHistogram } from '../measure/windowed-histogram.ts'

/** Events denser than this, in milliseconds, share a reading of the clock: one with up to sixty-three that follow. */
const DENSE_MS = 0.1
const SHARED_BY = 64
/** Services shorter than this mean, in milliseconds, are sampled; longer ones are all measured. */
const SHORT_SERVICE_MS = 0.2
/** Of short services, one in so many is measured. */
const MEASURED_ONE_IN = 32
/** So many are all measured in the beginning. */
const FIRST_SAMPLES = 100

/** The eyes of a queue. */
export class Observation {
  readonly bins: BinSeries = new BinSeries()
  readonly service: ServiceEstimate = new ServiceEstimate()
  readonly sojourn: WindowedHistogram = new WindowedHistogram()
  readonly #clock: Clock
  #nowMs: number
  /** How far the clock was set back, all in all. */
  #setBackMs = 0
  /** When the time was read for the events that share it, and by how many. */
  #readMs = Number.NEGATIVE_INFINITY
  #sharers = 0
  #shares = 0
  /** So many items come before the next one is measured, itself included. */
  #untilMeasured = 1
  // What happened since the bins were last told.
  #arrivals = 0
  #starts = 0
  #ends = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#nowMs = clock.nowMs()
  }

  /** The time, read now. It never steps back, and goes on when the clock has. */
  exactMs(): number {
    const nowMs = this.#clock.nowMs() + this.#setBackMs
    if (nowMs >= this.#nowMs) this.#nowMs = nowMs
    else this.#setBackMs += this.#nowMs - nowMs
    if (this.#arrivals + this.#starts + this.#ends > 0) this.#tell()
    return this.#nowMs
  }

  /** The time, perhaps as it was read for an earlier event, when events are dense. */
  roughMs(): number {
    if (--this.#shares < 0) this.#read()
    return this.#nowMs
  }

  /** So many items arrived. The bins are told with the next event: where none follows, ask for `roughMs`. */
  arrived(items: number): void {
    this.#arrivals += items
  }

  /** A worker went to work on something that is not measured. */
  started(): void {
    this.#starts++
    if (--this.#shares < 0) this.#read()
  }

  /** A worker has ended something that was not measured. */
  ended(): void {
    this.#ends++
    if (--this.#shares < 0) this.#read()
  }

  /** Whether the next item's times should be measured. */
  measureNext(): boolean {
    if (--this.#untilMeasured > 0) return false
    this.#untilMeasured = this.#samples() ? MEASURED_ONE_IN : 1
    return true
  }

  /** Whether the next item need not be measured; then it has been counted as one of those. */
  passesUnmeasured(): boolean {
    if (this.#untilMeasured <= 1) return false
    this.#untilMeasured--
    return true
  }

  /** A service was measured: whether it is a time. */
  served(serviceMs: number, nowMs: number): boolean {
    if (!this.service.record(serviceMs, nowMs)) return false
    if (!this.#samples()) this.#untilMeasured = 1
    return true
  }

  /** Whether services are so short, and so well known, that a sample of them is enough. */
  #samples(): boolean {
    return this.service.meanMs < SHORT_SERVICE_MS && this.service.samples >= FIRST_SAMPLES
  }

  #read(): void {
    const nowMs = this.exactMs()
    const wereDense = nowMs - this.#readMs < DENSE_MS * (this.#sharers + 1)
    // Twice as many each time: two events at once are not a flood, and the third may come much later.
    this.#sharers = wereDense ? Math.min(2 * this.#sharers + 1, SHARED_BY - 1) : 0
    this.#readMs = nowMs
    this.#shares = this.#sharers
  }

  #tell(): void {
    const passed = { arrivals: this.#arrivals, starts: this.#starts, ends: this.#ends }
    this.#arrivals = 0
    this.#starts = 0
    this.#ends = 0
    this.bins.passed(this.#nowMs, passed, this.service.meanMs)
  }
}
