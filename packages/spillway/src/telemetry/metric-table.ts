/**
 * Every metric of the library. `docs/reference/metrics.md`, the alert rules
 * and the Grafana dashboard are compared with it by tests.
 *
 * Floor 5: imports `telemetry`.
 */
import { GUARD_METRICS, SHADOW_METRICS } from './guard-metrics.ts'
import { LIMITER_METRICS } from './limiter-metrics.ts'
import type { HistogramRow, MetricGroup, MetricRow } from './metric-row.ts'
import { QUEUE_HISTOGRAMS, QUEUE_METRICS } from './queue-metrics.ts'
import { RETRY_BUDGET_METRICS, SHEDDER_METRICS } from './shedder-metrics.ts'

/** Every metric, in the order of the documentation. */
export const METRICS: readonly MetricRow[] = [
  ...QUEUE_METRICS,
  ...GUARD_METRICS,
  ...LIMITER_METRICS,
  ...SHEDDER_METRICS,
  ...SHADOW_METRICS,
  ...RETRY_BUDGET_METRICS,
]

/** Every histogram; in the documentation they follow the metrics of their group. */
export const HISTOGRAMS: readonly HistogramRow[] = QUEUE_HISTOGRAMS

/** The group by a field that only the statistics of that group have, the most telling first. */
const TELLING_FIELDS: readonly (readonly [field: string, group: MetricGroup])[] = [
  ['queued', 'queue'],
  ['exempt', 'guard'],
  ['received', 'limiter'],
  ['shed', 'shedder'],
  ['classes', 'shedder'],
  ['denied', 'retry_budget'],
  ['wouldRefuse', 'shadow'],
]

/** Which group statistics belong to; `undefined` for those of something else. */
export function groupOf(stats: object): MetricGroup | undefined {
  return TELLING_FIELDS.find(([field]) => Object.hasOwn(stats, field))?.[1]
}
