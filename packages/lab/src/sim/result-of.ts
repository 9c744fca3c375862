/**
 * The figures of a simulated run, from its journal.
 */
import { percentiles, quantile, slope, sorted } from '../record/quantiles.ts'
import type { Result, Row, Series } from '../record/result.ts'
import { capacityOf, type Scenario } from '../scenario/scenario.ts'
import { BIN_MS, type Event, type Journal } from './journal.ts'
import { goodputPerSecond } from './measure.ts'

/** What a run was. */
export interface Run {
  readonly set: string
  readonly policy: string
  readonly seed: number
  readonly times: number
  readonly scenario: Scenario
}

/** Bins of a series. */
const SERIES_BINS = 240

/** The whole result of a run. */
export function resultOf(run: Run, journal: Journal): Result {
  const { scenario } = run
  const classes = [...journal.classes].map(([criticality, { arrived, good }]) => ({
    criticality,
    success: arrived === 0 ? 0 : good / arrived,
  }))
  return {
    row: rowOf(run, journal),
    classes: classes.toSorted((a, b) => (a.criticality < b.criticality ? -1 : 1)),
    answeredMs: percentiles(sorted(journal.answeredAfterMs)),
    refusedMs: percentiles(sorted(journal.refusedAfterMs)),
    series: seriesOf(scenario, journal),
    trigger: scenario.trigger ?? null,
    live: null,
  }
}

function rowOf(run: Run, journal: Journal): Row {
  const { scenario } = run
  const capacityPerSecond = capacityOf(scenario.server)
  const goodput = goodputPerSecond([journal], { fromMs: scenario.warmUpMs, toMs: scenario.endMs })
  const { set, policy, seed, times } = run
  return {
    set,
    scenario: scenario.name,
    policy,
    backend: 'sim',
    seed,
    times,
    capacityPerSecond,
    ...ratesOf(scenario, journal),
    goodputPerSecond: goodput,
    goodputRatio: goodput / capacityPerSecond,
    // A refusal costs nothing here.
    ceiling: Math.min(1, times),
    ...latenciesOf(journal),
    ...levelsOf(scenario, journal),
    recoveryMs: recoveryOf(scenario, journal),
    deaths: journal.deaths,
    valid: true,
  }
}

function ratesOf({ warmUpMs, endMs }: Scenario, journal: Journal) {
  const rate = (event: Event): number => (journal.between(event, warmUpMs, endMs) * 1000) / (endMs - warmUpMs)
  const [arrived, attempted, late] = [rate('arrived'), rate('attempted'), rate('late')]
  const throughput = rate('answered') + late
  return {
    offeredPerSecond: attempted,
    admittedPerSecond: attempted - rate('refused'),
    throughputPerSecond: throughput,
    latePerSecond: late,
    expiredPerSecond: rate('expired'),
    wastedShare: throughput === 0 ? 0 : late / throughput,
    retriesPerSecond: attempted - arrived,
    amplification: arrived === 0 ? 1 : attempted / arrived,
  }
}

function latenciesOf(journal: Journal) {
  const answered = sorted(journal.answeredAfterMs)
  const refused = sorted(journal.refusedAfterMs)
  return {
    p50Ms: quantile(answered, 0.5),
    p90Ms: quantile(answered, 0.9),
    p99Ms: quantile(answered, 0.99),
    p999Ms: quantile(answered, 0.999),
    refusedP50Ms: quantile(refused, 0.5),
    refusedP99Ms: quantile(refused, 0.99),
    sojournP99Ms: quantile(sorted(journal.doneAfterMs), 0.99),
  }
}

function levelsOf(scenario: Scenario, journal: Journal) {
  const first = Math.floor(scenario.warmUpMs / BIN_MS)
  const inside = journal.insides.slice(first)
  const ordered = sorted(inside)
  const limits = journal.limits.slice(first)
  const { slots, instances } = scenario.server
  const bytes = scenario.itemBytes ?? 10_000
  return {
    utilisation: meanOf(journal.busies.slice(first)) / (slots * (instances?.count ?? 1)),
    limitMin: limits.length === 0 ? null : limits.reduce((a, b) => Math.min(a, b)),
    limitMean: limits.length === 0 ? null : meanOf(limits),
    limitMax: limits.length === 0 ? null : limits.reduce((a, b) => Math.max(a, b)),
    insideP50: quantile(ordered, 0.5) ?? 0,
    insideP99: quantile(ordered, 0.99) ?? 0,
    insideMax: quantile(ordered, 1) ?? 0,
    memoryMaxBytes: (quantile(ordered, 1) ?? 0) * bytes,
    memorySlopeBytesPerMinute: slope(inside) * bytes * (60_000 / BIN_MS),
  }
}

/** Judged by what arrived in the same second, so that a lull of the arrivals is not taken for a failure. */
function recoveryOf({ trigger, warmUpMs, endMs }: Scenario, journal: Journal): Row['recoveryMs'] {
  if (!trigger || trigger.fromMs <= warmUpMs) return null
  const perSecond = (event: Event, fromMs: number, toMs: number): number =>
    (journal.between(event, fromMs, toMs) * 1000) / (toMs - fromMs)
  const before = perSecond('good', warmUpMs, trigger.fromMs)
  let sinceMs = trigger.toMs
  for (let atMs = trigger.toMs; atMs + 1000 <= endMs; atMs += BIN_MS) {
    const arrived = perSecond('arrived', atMs, atMs + 1000)
    const wanted = 0.9 * Math.min(before, arrived)
    if (perSecond('good', atMs, atMs + 1000) < wanted) sinceMs = atMs + BIN_MS
  }
  return sinceMs + 1000 > endMs ? 'never' : sinceMs - trigger.toMs
}

function seriesOf({ endMs, itemBytes = 10_000 }: Scenario, journal: Journal): Series {
  const binMs = BIN_MS * Math.max(1, Math.ceil(endMs / BIN_MS / SERIES_BINS))
  const starts = Array.from({ length: Math.floor(endMs / binMs) }, (_, index) => index * binMs)
  const sample = (values: readonly number[]): number[] =>
    starts.map((atMs) => values[Math.floor(atMs / BIN_MS)] ?? 0)
  const inside = sample(journal.insides)
  return {
    binMs,
    inside,
    goodputPerSecond: starts.map((fromMs) => goodputPerSecond([journal], { fromMs, toMs: fromMs + binMs })),
    memoryBytes: inside.map((count) => count * itemBytes),
    limit: journal.limits.length === 0 ? [] : sample(journal.limits),
  }
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
