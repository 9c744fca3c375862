/**
 * A histogram of Prometheus that is read when Prometheus asks: the samples
 * were counted elsewhere, and nothing is observed here.
 *
 * Floor 6: imports `telemetry`, `prom-client`.
 */
import { Histogram, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client'
import { BOUNDS_S, type HistogramRow, prometheusName } from '../../telemetry/metric-row.ts'
import type { Distribution, WatchList } from '../../telemetry/watch-list.ts'

/** Shows the histograms of everything that is watched. */
export class ReadHistogram extends Histogram {
  readonly #watched: WatchList
  readonly #row: HistogramRow
  readonly #name: string

  constructor(watched: WatchList, row: HistogramRow) {
    const name = prometheusName(row)
    super({ name, help: row.help, labelNames: ['name'], buckets: [...BOUNDS_S], registers: [] })
    this.#watched = watched
    this.#row = row
    this.#name = name
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const values = this.#watched.distributions(this.#row).flatMap((one) => this.#seriesOf(one))
    const shown: unknown = {
      name: this.#name,
      help: this.#row.help,
      type: 'histogram',
      values,
      aggregator: 'sum',
    }
    // Its declaration has a number for the type where its code has a text, and a `collect` that is not there.
    return shown as MetricObjectWithValues<MetricValueWithName<string>>
  }

  /** What the registry asks for, where a metric has it. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return this.get()
  }

  #seriesOf({ labels, counts, count, sumS }: Distribution): MetricValueWithName<string>[] {
    const bucket = (le: number | string, value: number): MetricValueWithName<string> => {
      return { metricName: `${this.#name}_bucket`, labels: { ...labels, le }, value }
    }
    return [
      ...BOUNDS_S.map((bound, index) => bucket(bound, counts[index] ?? 0)),
      bucket('+Inf', count),
      { metricName: `${this.#name}_sum`, labels, value: sumS },
      { metricName: `${this.#name}_count`, labels, value: count },
    ]
  }
}
