/**
 * The metrics of shedders (`PriorityShedder`, `PressureGate`, `AdaptiveThrottle`) and of a `RetryBudget`.
 *
 * Floor 5: imports `gate`, `retry`, `shedding`, `telemetry`.
 */
import { CRITICALITIES, criticalityRank } from '../gate/criticality.ts'
import type { RetryBudgetStats } from '../retry/retry-budget.ts'
import type { AdaptiveThrottleStats } from '../shedding/adaptive-throttle.ts'
import type { PressureStats } from '../shedding/pressure-gate.ts'
import type { PriorityShedderStats } from '../shedding/priority-shedder.ts'
import { counter, gauge, type MetricRow } from './metric-row.ts'

/** The statistics of a shedder. */
export type ShedderStats = PriorityShedderStats | PressureStats | AdaptiveThrottleStats

/** The label's value for shedders that don't count by class. */
const ANY = 'any'

/** Every metric of a shedder. */
export const SHEDDER_METRICS: readonly MetricRow<ShedderStats>[] = [
  counter('shedder', {
    name: 'admitted',
    label: 'criticality',
    help: 'Asks that were admitted; criticality is any where classes are not counted.',
    read: ({ stats }) => byClass(stats, 'admitted'),
  }),
  counter('shedder', {
    name: 'shed',
    label: 'criticality',
    help: 'Asks that were shed; criticality is any where classes are not counted.',
    read: ({ stats }) => byClass(stats, 'shed'),
  }),
  gauge('shedder', {
    name: 'shedding',
    label: 'criticality',
    help: '1 for each class of which something is shed now; not of AdaptiveThrottle.',
    read: ({ stats }) => shedding(stats),
  }),
  gauge('shedder', {
    name: 'share',
    help: 'The share that is shed now, from 0 to 1; AdaptiveThrottle only.',
    read: ({ stats }) => ('share' in stats ? stats.share : undefined),
  }),
  gauge('shedder', {
    name: 'mean_wait',
    unit: 'seconds',
    help: 'The mean queueing time of the last window; PriorityShedder only.',
    read: ({ stats }) => ('meanWaitMs' in stats ? stats.meanWaitMs / 1000 : undefined),
  }),
  gauge('shedder', {
    name: 'pressure',
    label: 'probe',
    help: 'Where each probe is in its range: 0 lower end, 1 upper; PressureGate only.',
    read: ({ stats }) => ('probes' in stats ? pressures(stats) : undefined),
  }),
]

/** Every metric of a retry budget. */
export const RETRY_BUDGET_METRICS: readonly MetricRow<RetryBudgetStats>[] = [
  counter('retry_budget', {
    name: 'requests',
    help: 'First attempts.',
    read: ({ stats }) => stats.requests,
  }),
  counter('retry_budget', {
    name: 'retries',
    help: 'Retries that were allowed.',
    read: ({ stats }) => stats.retries,
  }),
  counter('retry_budget', {
    name: 'denied',
    help: 'Retries that were not allowed.',
    read: ({ stats }) => stats.denied,
  }),
]

function byClass(stats: ShedderStats, which: 'admitted' | 'shed'): Readonly<Record<string, number>> {
  if (!('classes' in stats)) return { [ANY]: stats[which] }
  return Object.fromEntries(
    CRITICALITIES.map((criticality) => [criticality, stats.classes[criticality][which]]),
  )
}

function shedding(stats: ShedderStats): Readonly<Record<string, number>> | undefined {
  if ('share' in stats) return undefined
  const shed =
    'probes' in stats
      ? stats.shedding
      : CRITICALITIES.filter(
          (each) =>
            stats.shedding !== undefined &&
            criticalityRank(each) >= criticalityRank(stats.shedding.criticality),
        )
  return Object.fromEntries(
    CRITICALITIES.map((criticality) => [criticality, Number(shed.includes(criticality))]),
  )
}

function pressures({ probes }: PressureStats): Readonly<Record<string, number>> {
  const read = Object.entries(probes).flatMap(([probe, { pressure }]) =>
    pressure === undefined ? [] : [[probe, pressure] as const],
  )
  return Object.fromEntries(read)
}
