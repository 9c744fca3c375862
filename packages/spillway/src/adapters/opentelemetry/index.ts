/**
 * Tells OpenTelemetry: every counter and gauge of queues, limiters, guards and
 * shedders, as observable instruments that are read when a reader collects.
 *
 * Floor 6: imports `options`, `telemetry`; of `@opentelemetry/api`, types alone.
 */
import type { BatchObservableCallback, BatchObservableResult, Meter, Observable } from '@opentelemetry/api'
import { anObjectWith, type Rules, resolveOptions } from '../../options/rules.ts'
import { BOUNDS_S, type HistogramRow, type MetricRow, openTelemetryName } from '../../telemetry/metric-row.ts'
import { HISTOGRAMS, METRICS } from '../../telemetry/metric-table.ts'
import { type Watchable, WatchList } from '../../telemetry/watch-list.ts'

export type { Watchable }

/** Options of `OpenTelemetryMetrics`. */
export interface OpenTelemetryMetricsOptions {
  /** Makes the instruments: `metrics.getMeter('spillway')`. */
  readonly meter: Meter
}

/** The instruments of one histogram. */
interface ReadHistogram {
  readonly row: HistogramRow
  readonly bucket: Observable
  readonly count: Observable
  readonly sum: Observable
}

const RULES: Rules<OpenTelemetryMetricsOptions> = {
  meter: anObjectWith('createObservableCounter', 'createObservableGauge', 'addBatchObservableCallback'),
}

/** Exports what it watches. The metrics are listed in `docs/reference/metrics.md`. */
export class OpenTelemetryMetrics {
  readonly #watched = new WatchList('OpenTelemetryMetrics')
  readonly #meter: Meter
  readonly #observables: readonly Observable[]
  readonly #observe: BatchObservableCallback

  /**
   * Makes the instruments. One object for each meter.
   *
   * @throws OptionError when the meter is missing or none
   *
   * @example
   * ```ts
   * const telemetry = new OpenTelemetryMetrics({ meter: metrics.getMeter('spillway') })
   * telemetry.watch('orders', processor)
   * ```
   */
  constructor(given: OpenTelemetryMetricsOptions) {
    this.#meter = resolveOptions('OpenTelemetryMetrics', given, RULES).meter
    const instruments = METRICS.map((row) => ({ row, instrument: this.#instrument(row) }))
    const histograms = HISTOGRAMS.map((row) => this.#histogram(row))
    this.#observables = [
      ...instruments.map(({ instrument }) => instrument),
      ...histograms.flatMap(({ bucket, count, sum }) => [bucket, count, sum]),
    ]
    this.#observe = (result) => {
      for (const histogram of histograms) this.#observeHistogram(result, histogram)
      for (const { row, instrument } of instruments) {
        for (const { labels, value } of this.#watched.samples(row)) result.observe(instrument, value, labels)
      }
    }
    this.#meter.addBatchObservableCallback(this.#observe, [...this.#observables])
  }

  /**
   * Exports `source`, with `name` as its attribute, until the returned function is called. Costs nothing but at a
   * collection.
   *
   * @throws OptionError for an object without known statistics, a name that is taken or unfit, or the 257th object
   */
  watch(name: string, source: Watchable): () => void {
    return this.#watched.watch(name, source)
  }

  /** Ends the export of everything. */
  close(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, [...this.#observables])
  }

  /** OpenTelemetry has no histogram that is read: its three counters are, named as Prometheus names them. */
  #histogram(row: HistogramRow): ReadHistogram {
    const counter = (part: string, unit?: string): Observable => {
      const options = { description: row.help, ...(unit ? { unit } : {}) }
      return this.#meter.createObservableCounter(`${openTelemetryName(row)}.${part}`, options)
    }
    return { row, bucket: counter('bucket'), count: counter('count'), sum: counter('sum', 's') }
  }

  #observeHistogram(result: BatchObservableResult, { row, bucket, count, sum }: ReadHistogram): void {
    for (const { labels, counts, ...one } of this.#watched.distributions(row)) {
      for (const [index, bound] of BOUNDS_S.entries()) {
        result.observe(bucket, counts[index] ?? 0, { ...labels, le: String(bound) })
      }
      result.observe(bucket, one.count, { ...labels, le: '+Inf' })
      result.observe(count, one.count, labels)
      result.observe(sum, one.sumS, labels)
    }
  }

  #instrument(row: MetricRow): Observable {
    const name = openTelemetryName(row)
    const options = { description: row.help, ...(row.unit ? { unit: 's' } : {}) }
    return row.kind === 'counter'
      ? this.#meter.createObservableCounter(name, options)
      : this.#meter.createObservableGauge(name, options)
  }
}
