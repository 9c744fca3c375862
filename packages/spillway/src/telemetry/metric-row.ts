/**
 * One metric: what it is called, what it means, and where it is read.
 *
 * Floor 5: imports `insight`, `measure`.
 */
import type { Diagnosis } from '../insight/diagnosis.ts'
import type { DurationTotals } from '../measure/histogram.ts'

/** What a metric belongs to: its name begins so. */
export type MetricGroup = 'queue' | 'limiter' | 'guard' | 'shedder' | 'shadow' | 'retry_budget'

/** The durations that an object may tell of. */
export type Durations = Readonly<Partial<Record<'wait' | 'service' | 'flush', DurationTotals>>>

/** The bounds of every histogram, in seconds; above the last one stands everything. */
export const BOUNDS_S: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** One object, read at one instant. */
export interface Reading<S> {
  readonly stats: S
  /** For queues alone. */
  readonly diagnosis: Diagnosis | undefined
  /** For queues alone: by `BOUNDS_S`. */
  readonly durations: Durations | undefined
}

/** A number, or one for each value of the row's label; `undefined` where the object has no such thing. */
export type Figure = number | undefined | Readonly<Record<string, number>>

/** A histogram of durations. */
export interface HistogramRow {
  readonly group: MetricGroup
  /** Without the prefix and the unit; what it is called among the durations as well. */
  readonly name: keyof Durations
  readonly kind: 'histogram'
  readonly unit: 'seconds'
  readonly label?: undefined
  readonly help: string
}

/** One metric of objects whose statistics are an `S`. */
export interface MetricRow<S = never> {
  readonly group: MetricGroup
  /** Without the prefix, the unit and `_total`. */
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  /** The base unit; left out for counts and shares. */
  readonly unit?: 'seconds'
  /** The label beside `name`. Its values are a short, fixed list. */
  readonly label?: string
  readonly help: string
  readonly read: (reading: Reading<S>) => Figure
}

/** The name in Prometheus: base units, and `_total` for counters. */
export function prometheusName({ group, name, kind, unit }: MetricRow | HistogramRow): string {
  return ['spillway', group, name, ...(unit ? [unit] : []), ...(kind === 'counter' ? ['total'] : [])].join(
    '_',
  )
}

/** The name in OpenTelemetry, from which its exporters make the same name for Prometheus. */
export function openTelemetryName({ group, name }: MetricRow | HistogramRow): string {
  return `spillway.${group}.${name}`
}

/** A row without its group. */
export type RowBody<S> = Omit<MetricRow<S>, 'group' | 'kind'>

/** A row that only grows. */
export function counter<S>(group: MetricGroup, body: RowBody<S>): MetricRow<S> {
  return { group, kind: 'counter', ...body }
}

/** A row that goes up and down. */
export function gauge<S>(group: MetricGroup, body: RowBody<S>): MetricRow<S> {
  return { group, kind: 'gauge', ...body }
}
