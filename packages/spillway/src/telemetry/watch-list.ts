/**
 * What is exported: objects with statistics, each under a name, read when
 * somebody asks and never before. Nothing is added to a hot path.
 *
 * All figures that are asked for in one turn of the event loop come from one
 * reading, so that the sums of every ledger hold in what is exported.
 *
 * Floor 5: imports `insight`, `measure`, `options`, `telemetry`.
 */
import type { Diagnosis } from '../insight/diagnosis.ts'
import type { DurationTotals } from '../measure/histogram.ts'
import { OptionError, show } from '../options/option-error.ts'
import {
  BOUNDS_S,
  type Durations,
  type Figure,
  type HistogramRow,
  type MetricGroup,
  type MetricRow,
  type Reading,
} from './metric-row.ts'
import { groupOf, METRICS } from './metric-table.ts'

/** Anything of the library that counts: queues, limiters, guards, shedders, shadows, retry budgets. */
export interface Watchable {
  /** Counters and gauges, by value. */
  stats(): object
  /** For queues: why they overflow. */
  diagnose?(): Diagnosis
  /** For queues: how long things took, by ascending bounds. */
  durations?(boundsMs: readonly number[]): Durations
}

/** One figure with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One histogram with its labels. */
export interface Distribution {
  readonly labels: Readonly<Record<string, string>>
  /** How many were at most as long as each of `BOUNDS_S`. */
  readonly counts: readonly number[]
  readonly count: number
  readonly sumS: number
}

const BOUNDS_MS = BOUNDS_S.map((bound) => bound * 1000)

/** So many objects may be watched: each adds up to 100 series. */
const MAX_WATCHED = 256
const MAX_NAME_LENGTH = 100

interface Watched {
  readonly group: MetricGroup
  readonly name: string
  readonly source: Watchable
}

/** The objects of one exporter. */
export class WatchList {
  readonly #owner: string
  readonly #watched = new Set<Watched>()
  #readings: Map<Watched, Reading<object>> | undefined

  /** @param owner - the class that speaks in messages */
  constructor(owner: string) {
    this.#owner = owner
  }

  /**
   * Watches `source` under `name`, the value of the label `name`.
   *
   * @returns a function that ends it
   * @throws OptionError for an object without known statistics, a name that is taken or unfit, or too many objects
   */
  watch(name: string, source: Watchable): () => void {
    this.#checkName(name)
    const group = this.#groupOf(source)
    for (const other of this.#watched) {
      if (other.group !== group || other.name !== name) continue
      throw new OptionError(this.#owner, 'name', `the name ${show(name)} is taken by another ${group}`)
    }
    if (this.#watched.size >= MAX_WATCHED) {
      const remedy = 'end the watch of what is gone'
      throw new OptionError(this.#owner, 'source', `${MAX_WATCHED} objects are watched already: ${remedy}`)
    }
    const watched = { group, name, source }
    this.#watched.add(watched)
    this.#readings = undefined
    return () => {
      this.#watched.delete(watched)
      this.#readings?.delete(watched)
    }
  }

  /** The samples of one metric, now. */
  samples(row: MetricRow): readonly Sample[] {
    const samples: Sample[] = []
    for (const [{ group, name }, reading] of this.#readAll()) {
      if (group !== row.group) continue
      // The group was recognised by these very statistics.
      addSamples(samples, row.read(reading as Reading<never>), name, row.label)
    }
    return samples
  }

  /** The histograms of one row, now. */
  distributions({ group, name }: HistogramRow): readonly Distribution[] {
    const found: Distribution[] = []
    for (const [watched, { durations }] of this.#readAll()) {
      const totals: DurationTotals | undefined = watched.group === group ? durations?.[name] : undefined
      if (!totals) continue
      const { counts, count, sumMs } = totals
      found.push({ labels: { name: watched.name }, counts, count, sumS: sumMs / 1000 })
    }
    return found
  }

  #readAll(): ReadonlyMap<Watched, Reading<object>> {
    if (!this.#readings) {
      this.#readings = new Map()
      for (const watched of this.#watched) {
        const { source } = watched
        const durations = source.durations?.(BOUNDS_MS)
        this.#readings.set(watched, { stats: source.stats(), diagnosis: source.diagnose?.(), durations })
      }
      queueMicrotask(() => {
        this.#readings = undefined
      })
    }
    return this.#readings
  }

  #checkName(name: unknown): void {
    if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH) return
    const expected = `a text of 1 to ${MAX_NAME_LENGTH} characters`
    throw new OptionError(this.#owner, 'name', `option "name" must be ${expected}, got ${show(name)}`)
  }

  #groupOf(source: Watchable): MetricGroup {
    const group = typeof source?.stats === 'function' ? groupOf(source.stats()) : undefined
    if (group) return group
    const known = [...new Set(METRICS.map((row) => row.group.replace('_', ' ')))].join(', ')
    const expected = `an object whose stats() are those of one of these: ${known}`
    throw new OptionError(this.#owner, 'source', `option "source" must be ${expected}; got ${show(source)}`)
  }
}

function addSamples(samples: Sample[], figure: Figure, name: string, label: string | undefined): void {
  if (figure === undefined) return
  if (typeof figure === 'number') {
    samples.push({ labels: { name }, value: figure })
    return
  }
  for (const [key, value] of Object.entries(figure)) {
    samples.push({ labels: { name, [label ?? 'kind']: key }, value })
  }
}
