/**
 * What happened in a run, counted in bins of time: enough to compute goodput,
 * recovery and convergence afterwards, small enough to keep.
 */
import type { Criticality, OverloadCode } from 'spillway'

/** The width of a bin in milliseconds. */
export const BIN_MS = 10

/** What is counted in each bin. */
export const EVENTS = [
  'arrived',
  'attempted',
  'good',
  'answered',
  'late',
  'refused',
  'expired',
  'failed',
  'lost',
] as const

/**
 * One kind of event. Of requests: `arrived`, and `good` when all their calls were answered in time. Of attempts:
 * `attempted`; `answered` in time; `late`, work nobody waited for; `refused`; `failed` at their work; `lost` with an
 * instance; and, beside these, `expired` when a client's patience ends.
 */
export type Event = (typeof EVENTS)[number]

/** Success of one class among the requests that arrived in the measured time. */
export interface ClassTally {
  arrived: number
  good: number
}

/** The counts of one run. */
export class Journal {
  readonly #bins: Readonly<Record<Event, Float64Array>>
  readonly #warmUpMs: number
  readonly classes: Map<Criticality, ClassTally> = new Map()
  readonly refusals: Map<OverloadCode, number> = new Map()
  /** Milliseconds from an attempt to its refusal, in the measured time. */
  readonly refusedAfterMs: number[] = []
  /** Milliseconds from an attempt to its answer in time, in the measured time. */
  readonly answeredAfterMs: number[] = []
  /** Milliseconds from an attempt to the end of its work, in time or not, in the measured time. */
  readonly doneAfterMs: number[] = []
  /** The limit of the policy, sampled in each bin. */
  readonly limits: number[] = []
  /** Requests inside, sampled in each bin. */
  readonly insides: number[] = []
  /** Requests inside at the end of the watched time. */
  insideAtEnd = 0
  /** How often an instance died. */
  deaths = 0
  /** Slots that work, sampled in each bin. */
  readonly busies: number[] = []

  constructor(warmUpMs: number, endMs: number) {
    const bins = (): Float64Array => new Float64Array(Math.ceil(endMs / BIN_MS) + 1)
    this.#bins = {
      arrived: bins(),
      attempted: bins(),
      good: bins(),
      answered: bins(),
      late: bins(),
      refused: bins(),
      expired: bins(),
      failed: bins(),
      lost: bins(),
    }
    this.#warmUpMs = warmUpMs
  }

  /** Counts an event. After the end of the run nothing is counted. */
  count(event: Event, nowMs: number): void {
    const bins = this.#bins[event]
    const index = Math.floor(nowMs / BIN_MS)
    if (index < bins.length) bins[index]!++
  }

  /** Counts the arrival of a request of a class, for its success. */
  arrived(criticality: Criticality, nowMs: number): void {
    this.count('arrived', nowMs)
    if (nowMs >= this.#warmUpMs) this.#classOf(criticality).arrived++
  }

  /** Counts an answer in time to a request that arrived at `arrivedMs`. */
  good(criticality: Criticality, arrivedMs: number, nowMs: number): void {
    this.count('good', nowMs)
    if (arrivedMs >= this.#warmUpMs) this.#classOf(criticality).good++
  }

  /** Counts the end of an attempt's work. */
  done(attemptedMs: number, nowMs: number, inTime: boolean): void {
    this.count(inTime ? 'answered' : 'late', nowMs)
    if (attemptedMs < this.#warmUpMs) return
    this.doneAfterMs.push(nowMs - attemptedMs)
    if (inTime) this.answeredAfterMs.push(nowMs - attemptedMs)
  }

  /** Counts a refusal of an attempt made at `attemptedMs`. */
  refused(code: OverloadCode, attemptedMs: number, nowMs: number): void {
    this.count('refused', nowMs)
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
    if (attemptedMs >= this.#warmUpMs) this.refusedAfterMs.push(nowMs - attemptedMs)
  }

  /** How many events happened from `fromMs` to before `toMs`, both rounded down to a bin. */
  between(event: Event, fromMs: number, toMs: number): number {
    const bins = this.#bins[event]
    let sum = 0
    for (let i = Math.floor(fromMs / BIN_MS); i < Math.min(bins.length, Math.floor(toMs / BIN_MS)); i++)
      sum += bins[i]!
    return sum
  }

  #classOf(criticality: Criticality): ClassTally {
    let tally = this.classes.get(criticality)
    if (!tally) {
      tally = { arrived: 0, good: 0 }
      this.classes.set(criticality, tally)
    }
    return tally
  }
}
