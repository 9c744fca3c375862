/**
 * What became of the requests of a trace, by the time of their arrival.
 */
import type { OverloadCode } from 'spillway'
import type { Trace } from './trace.ts'

/** A day in minutes: more points than a plot has pixels help nobody. */
const MOST_BINS = 1440

/** One stretch of the replay. */
export interface TallyBin {
  readonly atMs: number
  readonly arrived: number
  /** Answered in time, at once or nearly so. */
  readonly prompt: number
  /** Answered in time after a wait. */
  readonly delayed: number
  readonly late: number
  readonly refused: number
}

/** The counts. */
export class Tally {
  readonly startMs: number
  readonly binMs: number
  readonly refusals: Map<OverloadCode, number> = new Map()
  readonly #arrived: Float64Array
  readonly #prompt: Float64Array
  readonly #delayed: Float64Array
  readonly #late: Float64Array
  readonly #refused: Float64Array
  #bins: number

  constructor({ startMs, binMs, counts }: Trace) {
    this.startMs = startMs
    this.binMs = binMs * Math.max(1, Math.ceil(counts.length / MOST_BINS))
    this.#bins = Math.ceil((counts.length * binMs) / this.binMs)
    const column = (): Float64Array => new Float64Array(this.#bins)
    this.#arrived = column()
    this.#prompt = column()
    this.#delayed = column()
    this.#late = column()
    this.#refused = column()
  }

  arrived(atMs: number): void {
    this.#arrived[this.#binOf(atMs)]!++
  }

  answered(arrivedMs: number, inTime: boolean, isDelayed: boolean): void {
    const column = !inTime ? this.#late : isDelayed ? this.#delayed : this.#prompt
    column[this.#binOf(arrivedMs)]!++
  }

  refused(arrivedMs: number, code: OverloadCode): void {
    this.#refused[this.#binOf(arrivedMs)]!++
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
  }

  /** Nothing was replayed after `untilMs`, counted from the start. */
  end(untilMs: number): void {
    this.#bins = Math.min(this.#bins, Math.ceil(untilMs / this.binMs))
  }

  /** The stretches in the order of time. */
  get bins(): TallyBin[] {
    return Array.from({ length: this.#bins }, (_, index) => ({
      atMs: this.startMs + index * this.binMs,
      arrived: this.#arrived[index]!,
      prompt: this.#prompt[index]!,
      delayed: this.#delayed[index]!,
      late: this.#late[index]!,
      refused: this.#refused[index]!,
    }))
  }

  #binOf(atMs: number): number {
    return Math.min(this.#bins - 1, Math.floor(atMs / this.binMs))
  }
}
