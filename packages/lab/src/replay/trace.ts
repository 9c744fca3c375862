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

/** What one count speaks of, where no second one tells. */
const USUAL_STEP_MS = 60_000

/** How stamps are gathered. */
export interface Gathering {
  /** How long the time is that a line speaks of; `undefined`: as long as the smallest step from stamp to stamp. */
  readonly binMs: number | undefined
  /** Servers write a line when a request ends: so far its stamp may lie before the last one, in milliseconds. */
  readonly mostBackMs: number
}

/** Gathers stamps into bins. */
export class TraceBuilder {
  readonly #name: string
  readonly #binMs: number | undefined
  readonly #mostBackMs: number
  /** By the start of a bin, or by each stamp while the width of bins is not known. */
  readonly #counts = new Map<number, number>()
  #stepMs = Number.POSITIVE_INFINITY
  #latestMs = Number.NEGATIVE_INFINITY
  #badLines = 0
  #firstBad: string | undefined

  constructor(name: string, { binMs, mostBackMs }: Gathering) {
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
    if (atMs > this.#latestMs) this.#stepMs = Math.min(this.#stepMs, atMs - this.#latestMs)
    this.#latestMs = Math.max(this.#latestMs, atMs)
    const startMs = this.#binMs === undefined ? atMs : Math.floor(atMs / this.#binMs) * this.#binMs
    this.#counts.set(startMs, (this.#counts.get(startMs) ?? 0) + count)
  }

  /** A line that says nothing. */
  bad(text: string, line: number): void {
    this.#badLines++
    this.#firstBad ??= `line ${line}: ${printable(text)}`
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
    const binMs = this.#binMs ?? (Number.isFinite(this.#stepMs) ? this.#stepMs : USUAL_STEP_MS)
    return { ...this.#binned(binMs), badLines: this.#badLines, firstBad: this.#firstBad }
  }

  #binned(binMs: number): Pick<Trace, 'startMs' | 'binMs' | 'counts'> {
    let [startMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const atMs of this.#counts.keys()) {
      startMs = Math.min(startMs, atMs)
      lastMs = Math.max(lastMs, atMs)
    }
    const steps = Math.floor((lastMs - startMs) / binMs)
    if (steps >= MOST_BINS) {
      throw new Error(
        `${this.#name} spans from ${stamp(startMs)} to ${stamp(lastMs)}, in steps of ${binMs / 1000} s: more than can be replayed; are its stamps right?`,
      )
    }
    const counts = new Float64Array(steps + 1)
    for (const [atMs, count] of this.#counts) counts[Math.floor((atMs - startMs) / binMs)]! += count
    return { startMs, binMs, counts }
  }
}

/** The beginning of a line as it may be shown: what would do something to a terminal is left out. */
function printable(text: string): string {
  return text.slice(0, 80).replaceAll(/\p{C}+/gu, '\u{fffd}')
}

/** What can be read. */
export const FORMATS =
  'Readable are access logs in common or combined format (Apache, nginx), JSON lines with a time, and CSV with a time and a count; each plain or gzipped'

/** A time as people write it, UTC. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
}
