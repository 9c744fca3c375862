/**
 * A scrape, read again: by a parser that knows nothing of the exporter.
 */
import { type CollectionResult, DataPointType } from '@opentelemetry/sdk-metrics'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, unknown>>
  readonly value: number
}

/** The samples of one scrape. */
export class Scrape {
  readonly samples: readonly Sample[]

  constructor(samples: readonly Sample[]) {
    this.samples = samples
  }

  /** Reads Prometheus' text format. */
  static parse(text: string): Scrape {
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Scrape(
      lines.map((line) => {
        const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
        const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text])
        return { name, labels: Object.fromEntries(pairs), value: Number(value) }
      }),
    )
  }

  /** Takes the points of a collection, named as OpenTelemetry's exporters name them for Prometheus. */
  static fromOpenTelemetry({ resourceMetrics }: CollectionResult): Scrape {
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
    const samples = metrics.flatMap(({ descriptor, dataPointType, dataPoints }) => {
      const unit = descriptor.unit === 's' ? '_seconds' : ''
      const total = dataPointType === DataPointType.SUM ? '_total' : ''
      const name = `${descriptor.name.replaceAll('.', '_')}${unit}${total}`
      return dataPoints.map(({ attributes, value }) => ({ name, labels: attributes, value: Number(value) }))
    })
    return new Scrape(samples)
  }

  /** The sum of all series of these metrics of a group. */
  sumOf(group: string, names: readonly string[]): number {
    const wanted = new Set(names.map((name) => `spillway_${group}_${name}`))
    for (const name of wanted) {
      if (!this.samples.some((sample) => sample.name === name)) throw new Error(`no series of ${name}`)
    }
    return this.samples.filter(({ name }) => wanted.has(name)).reduce((sum, { value }) => sum + value, 0)
  }

  /** The values of one metric by one of its labels. */
  byLabel(metric: string, label: string): Readonly<Record<string, number>> {
    const own = this.samples.filter(({ name }) => name === metric)
    return Object.fromEntries(own.map(({ labels, value }) => [String(labels[label]), value]))
  }
}
