/**
 * Tells Prometheus, through `prom-client`: every counter, gauge and histogram of
 * queues, limiters, guards and shedders, read when Prometheus asks.
 *
 * Floor 6: imports `options`, `telemetry`, `prom-client`.
 */
import { Counter, Gauge, type Registry, register } from 'prom-client'
import { anObjectWith, optional, type Rules, resolveOptions } from '../../options/rules.ts'
import { type MetricRow, prometheusName } from '../../telemetry/metric-row.ts'
import { HISTOGRAMS, METRICS } from '../../telemetry/metric-table.ts'
import { type Watchable, WatchList } from '../../telemetry/watch-list.ts'
import { ReadHistogram } from './read-histogram.ts'

export type { Watchable }

/** Options of `PrometheusMetrics`. */
export interface PrometheusMetricsOptions {
  /** Where the metrics are registered. @defaultValue the global registry of `prom-client` */
  readonly registry?: Registry | undefined
}

const RULES: Rules<PrometheusMetricsOptions> = {
  registry: optional(anObjectWith('registerMetric', 'metrics')),
}

/** Exports what it watches. The metrics are listed in `docs/reference/metrics.md`. */
export class PrometheusMetrics {
  readonly #watched = new WatchList('PrometheusMetrics')

  /**
   * Registers the metrics. One object for each registry.
   *
   * @throws OptionError when an option is unknown or no registry
   *
   * @example
   * ```ts
   * const metrics = new PrometheusMetrics()
   * metrics.watch('orders', processor)
   * metrics.watch('http', guarded)
   * ```
   */
  constructor(given: PrometheusMetricsOptions = {}) {
    const { registry } = resolveOptions('PrometheusMetrics', given, RULES, { registry: register })
    for (const row of METRICS) registry.registerMetric(this.#metric(row))
    for (const row of HISTOGRAMS) registry.registerMetric(new ReadHistogram(this.#watched, row))
  }

  /**
   * Exports `source`, with `name` as its label, until the returned function is called. Costs nothing but at a scrape.
   *
   * @throws OptionError for an object without known statistics, a name that is taken or unfit, or the 257th object
   */
  watch(name: string, source: Watchable): () => void {
    return this.#watched.watch(name, source)
  }

  #metric(row: MetricRow): Counter | Gauge {
    const samples = () => this.#watched.samples(row)
    const { help, label } = row
    const labelNames = ['name', ...(label ? [label] : [])]
    const shared = { name: prometheusName(row), help, labelNames, registers: [] }
    if (row.kind === 'gauge') {
      return new Gauge({
        ...shared,
        collect() {
          this.reset()
          for (const { labels, value } of samples()) this.set(labels, value)
        },
      })
    }
    return new Counter({
      ...shared,
      collect() {
        this.reset()
        for (const { labels, value } of samples()) this.inc(labels, value)
      },
    })
  }
}
