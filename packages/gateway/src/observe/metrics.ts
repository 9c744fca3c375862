/**
 * The ledgers and gauges of the gateway, as Prometheus reads them.
 *
 * Nothing is counted here: a scrape takes one snapshot, and every figure is
 * read from it. So both sums balance in any scrape:
 *
 *   requests_received_total = requests_{accepted,refused,abandoned}_total + requests_waiting
 *   events_{accepted,recovered}_total = events_{delivered,evicted,failed,purged,handed_over}_total
 *                                     + events_{dead_lettered,queued,in_flight,retrying}
 *
 * Imports `snapshot`.
 */
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client'
import { isCounter, METRICS, type MetricRow, NAMESPACE } from './metric-table.ts'
import { type Observed, type Snapshot, takeSnapshot } from './snapshot.ts'

/** The metrics of one gateway. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #observed: Observed
  #snapshot: Snapshot

  constructor(observed: Observed) {
    this.#observed = observed
    this.#snapshot = takeSnapshot(observed)
    for (const row of METRICS) this.#register(row)
    collectDefaultMetrics({ register: this.#registry })
  }

  /** The media type of a scrape. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** Everything in Prometheus' text format. */
  scrape(): Promise<string> {
    this.#snapshot = takeSnapshot(this.#observed)
    return this.#registry.metrics()
  }

  #register(row: MetricRow): void {
    const { name, help, labels, read } = row
    const samples = () => read(this.#snapshot)
    const shared = { name: `${NAMESPACE}_${name}`, help, labelNames: [...labels], registers: [] }
    const metric: Metric = isCounter(row)
      ? new Counter({
          ...shared,
          collect() {
            this.reset()
            for (const { labels, value } of samples()) this.inc(labels, value)
          },
        })
      : new Gauge({
          ...shared,
          collect() {
            for (const { labels, value } of samples()) this.set(labels, value)
          },
        })
    this.#registry.registerMetric(metric)
  }
}
