/**
 * Tells OpenTelemetry: every counter and gauge of queues, limiters, guards and
 * shedders, as observable instruments that are read when a reader collects.
 *
 * Floor 6: imports `options`, `telemetry`; of `@opentelemetry/api`, types alone.
 */
import type { BatchObservableCallback, Meter, Observable } from '@opentelemetry/api'
import { anObjectWith, type Rules, resolveOptions } from '../../options/rules.ts'
import { type MetricRow, openTelemetryName } from '../../telemetry/metric-row.ts'
import { METRICS } from '../../telemetry/metric-table.ts'
import { type Watchable, WatchList } from '../../telemetry/watch-list.ts'

export type { Watchable }

/** Options of `OpenTelemetryMetrics`. */
export interface OpenTelemetryMetricsOptions {
  /** Makes the instruments: `metrics.getMeter('spillway')`. */
  readonly meter: Meter
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
    this.#observables = instruments.map(({ instrument }) => instrument)
    this.#observe = (result) => {
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

  #instrument(row: MetricRow): Observable {
    const name = openTelemetryName(row)
    const options = { description: row.help, ...(row.unit ? { unit: 's' } : {}) }
    return row.kind === 'counter'
      ? this.#meter.createObservableCounter(name, options)
      : this.#meter.createObservableGauge(name, options)
  }
}
