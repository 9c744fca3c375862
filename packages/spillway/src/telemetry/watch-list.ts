/**
 * What is exported: objects with statistics, each under a name, read when
 * somebody asks and never before. Nothing is added to a hot path.
 *
 * All figures that are asked for in one turn of the event loop come from one
 * reading, so that the sums of every ledger hold in what is exported.
 *
 * Floor 5: imports `insight`, `options`, `telemetry`.
 */
import type { Diagnosis } from '../insight/diagnosis.ts'
import { OptionError, show } from '../options/option-error.ts'
import type { Figure, MetricGroup, MetricRow, Reading } from './metric-row.ts'
import { groupOf, METRICS } from './metric-table.ts'

/** Anything of the library that counts: queues, limiters, guards, shedders, shadows, retry budgets. */
export interface Watchable {
  /** Counters and gauges, by value. */
  stats(): object
  /** For queues: why they overflow. */
  diagnose?(): Diagnosis
}

/** One figure with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** So many objects may be watched: each adds up to 60 series. */
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

  #readAll(): ReadonlyMap<Watched, Reading<object>> {
    if (!this.#readings) {
      this.#readings = new Map()
      for (const watched of this.#watched) {
        const { source } = watched
        this.#readings.set(watched, { stats: source.stats(), diagnosis: source.diagnose?.() })
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
