/**
 * One metric: what it is called, what it means, and where it is read.
 *
 * Floor 5: imports `insight`.
 */
import type { Diagnosis } from '../insight/diagnosis.ts'

/** What a metric belongs to: its name begins so. */
export type MetricGroup = 'queue' | 'limiter' | 'guard' | 'shedder' | 'shadow' | 'retry_budget'

/** One object, read at one instant. */
export interface Reading<S> {
  readonly stats: S
  /** For queues alone. */
  readonly diagnosis: Diagnosis | undefined
}

/** A number, or one for each value of the row's label; `undefined` where the object has no such thing. */
export type Figure = number | undefined | Readonly<Record<string, number>>

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
export function prometheusName({ group, name, kind, unit }: MetricRow): string {
  return ['spillway', group, name, ...(unit ? [unit] : []), ...(kind === 'counter' ? ['total'] : [])].join(
    '_',
  )
}

/** The name in OpenTelemetry, from which its exporters make the same name for Prometheus. */
export function openTelemetryName({ group, name }: MetricRow): string {
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
