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
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type HistogramConfiguration,
  type Metric,
  type MetricObjectWithValues,
  type MetricType,
  type MetricValueWithName,
  Registry,
} from 'prom-client'
import type { TimeBuckets } from './accept-times.ts'
import {
  type HistogramRow,
  kindOf,
  METRICS,
  type MetricRow,
  NAMESPACE,
  type NumberRow,
} from './metric-table.ts'
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
    this.#registry.registerMetric('readBuckets' in row ? this.#histogram(row) : this.#number(row))
  }

  #histogram({ name, help, labels, readBuckets }: HistogramRow): Metric {
    const full = `${NAMESPACE}_${name}`
    const read = () =>
      this.#snapshot.streams.flatMap((stream) => samplesOf(full, stream.name, readBuckets(stream)))
    return new CountedHistogram({ name: full, help, labelNames: [...labels], registers: [] }, read)
  }

  #number(row: NumberRow): Metric {
    const { name, help, labels, read } = row
    const samples = () => read(this.#snapshot)
    const shared = { name: `${NAMESPACE}_${name}`, help, labelNames: [...labels], registers: [] }
    if (kindOf(row) === 'counter') {
      return new Counter({
        ...shared,
        collect() {
          this.reset()
          for (const { labels, value } of samples()) this.inc(labels, value)
        },
      })
    }
    return new Gauge({
      ...shared,
      collect() {
        for (const { labels, value } of samples()) this.set(labels, value)
      },
    })
  }
}

/** A histogram that was counted elsewhere. */
class CountedHistogram extends Histogram {
  readonly #configuration: HistogramConfiguration<string>
  readonly #read: () => readonly MetricValueWithName<string>[]

  constructor(
    configuration: HistogramConfiguration<string>,
    read: () => readonly MetricValueWithName<string>[],
  ) {
    super(configuration)
    this.#configuration = configuration
    this.#read = read
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const { name, help } = this.#configuration
    // What the package declares as a number is a word when it runs.
    const type = 'histogram' as unknown as MetricType
    return { name, help, type, aggregator: 'sum', values: [...this.#read()], collect: () => {} }
  }

  /** What a registry asks for; `get` without copies of labels. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return this.get()
  }
}

function samplesOf(name: string, stream: string, times: TimeBuckets): readonly MetricValueWithName<string>[] {
  const bucketed = times.buckets.map(({ boundS, count }) => ({
    metricName: `${name}_bucket`,
    labels: { stream, le: boundS === Number.POSITIVE_INFINITY ? '+Inf' : boundS },
    value: count,
  }))
  return [
    ...bucketed,
    { metricName: `${name}_sum`, labels: { stream }, value: times.sumS },
    { metricName: `${name}_count`, labels: { stream }, value: times.count },
  ]
}
