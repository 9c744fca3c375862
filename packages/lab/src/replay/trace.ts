/**
 * A trace: how many requests came in each stretch of time.
 */

/** Counts in bins of equal width. */
export interface Trace {
  /** The start of the first bin, in milliseconds since 1970, UTC. */
  readonly startMs: number
  readonly binMs: number
  readonly counts: Float64Array
  /** Lines that said nothing, and the first of them with its number. */
  readonly badLines: number
  readonly firstBad: string | undefined
}

/** A year of seconds: a longer trace is a mistake in its stamps. */
const MOST_BINS = 32_000_000

/** Gathers stamps into bins. */
export class TraceBuilder {
  readonly #name: string
  readonly #binMs: number
  readonly #mostBackMs: number
  readonly #counts = new Map<number, number>()
  #latestMs = Number.NEGATIVE_INFINITY
  #badLines = 0
  #firstBad: string | undefined

  /** @param mostBackMs - servers write a line when a request ends: so far its stamp may lie before the last one */
  constructor(name: string, { binMs, mostBackMs }: { readonly binMs: number; readonly mostBackMs: number }) {
    this.#name = name
    this.#binMs = binMs
    this.#mostBackMs = mostBackMs
  }

  /** `count` requests at `atMs`. @throws Error when time steps back */
  add(atMs: number, count: number, line: number): void {
    if (atMs < this.#latestMs - this.#mostBackMs) {
      const seconds = (this.#latestMs - atMs) / 1000
      throw new Error(
        `${this.#name}:${line}: time steps back by ${seconds} s, to ${stamp(atMs)}; sort the trace by time, or replay its parts one by one`,
      )
    }
    this.#latestMs = Math.max(this.#latestMs, atMs)
    const bin = Math.floor(atMs / this.#binMs)
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + count)
  }

  /** A line that says nothing. */
  bad(text: string, line: number): void {
    this.#badLines++
    this.#firstBad ??= `line ${line}: ${text.slice(0, 80)}`
  }

  /** The trace. @throws Error when there is nothing in it */
  build(): Trace {
    if (this.#counts.size === 0) {
      const detail =
        this.#firstBad === undefined
          ? 'it is empty'
          : `none of its ${this.#badLines} lines is a request; ${this.#firstBad}`
      throw new Error(`${this.#name} holds no request: ${detail}. ${FORMATS}`)
    }
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const bin of this.#counts.keys()) {
      first = Math.min(first, bin)
      last = Math.max(last, bin)
    }
    if (last - first >= MOST_BINS) {
      throw new Error(
        `${this.#name} spans from ${stamp(first * this.#binMs)} to ${stamp(last * this.#binMs)}: more than can be replayed; are its stamps right?`,
      )
    }
    const counts = new Float64Array(last - first + 1)
    for (const [bin, count] of this.#counts) counts[bin - first] = count
    const startMs = first * this.#binMs
    return { startMs, binMs: this.#binMs, counts, badLines: this.#badLines, firstBad: this.#firstBad }
  }
}

/** What can be read. */
export const FORMATS =
  'Readable are access logs in common or combined format (Apache, nginx), JSON lines with a time, and CSV with a time and a count; each plain or gzipped'

/** A time as people write it, UTC. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
}
