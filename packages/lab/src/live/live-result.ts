/**
 * A live run in the schema of all results.
 */
import { percentiles, quantile, slope, sorted } from '../record/quantiles.ts'
import type { LiveFacts, Result, Row, Series } from '../record/result.ts'
import { ceilingAt } from './ceiling.ts'
import { excessFault, faultsOf, type LivePlan } from './live-plan.ts'
import { type LoadFacts, SAMPLE_MS, type ServerFacts } from './messages.ts'
import { simulatedGoodput } from './sim-twin.ts'

/** What was seen from both sides. */
export interface Seen {
  /** `undefined` when the server stopped before the load ended. */
  readonly load: LoadFacts | undefined
  readonly server: ServerFacts
  readonly stopped: boolean
}

/** The result. */
export function liveResult(plan: LivePlan, { load, server, stopped }: Seen): Result {
  const faults = load ? faultsIn(plan, load) : []
  const answered = sorted(load?.answeredMs ?? [])
  const refused = sorted(load?.refusedMs ?? [])
  return {
    row: rowOf(
      plan,
      { load, server, stopped },
      { answered, refused, valid: load !== undefined && faults.length === 0 },
    ),
    classes: [],
    answeredMs: percentiles(answered),
    refusedMs: percentiles(refused),
    series: seriesOf(load, server),
    trigger: null,
    live: liveFacts(load, { server, stopped, faults, plan }),
  }
}

function faultsIn(
  { capacityPerSecond, capacityError, warmUpMs, endMs }: LivePlan,
  load: LoadFacts,
): string[] {
  const goodputPerSecond = (1000 * load.answeredMs.length) / (endMs - warmUpMs)
  const excess = excessFault(goodputPerSecond / capacityPerSecond, capacityError)
  return [...faultsOf(load), ...(excess === undefined ? [] : [excess])]
}

interface Outcome {
  readonly answered: Float64Array
  readonly refused: Float64Array
  readonly valid: boolean
}

function rowOf(plan: LivePlan, { load, server }: Seen, { answered, refused, valid }: Outcome): Row {
  const seconds = (plan.endMs - plan.warmUpMs) / 1000
  const { policy, seed, times, capacityPerSecond, costs } = plan
  const goodput = answered.length / seconds
  const sent = (load?.sent ?? 0) / seconds
  return {
    set: 'live',
    scenario: `steady ${times}x`,
    policy,
    backend: 'live',
    seed,
    times,
    capacityPerSecond,
    offeredPerSecond: sent,
    admittedPerSecond: sent - refused.length / seconds,
    throughputPerSecond: (1000 * server.answered) / plan.endMs,
    goodputPerSecond: goodput,
    goodputRatio: goodput / capacityPerSecond,
    ceiling: ceilingAt(times, capacityPerSecond, costs),
    ...latenciesOf(answered, refused),
    latePerSecond: Math.max(0, (1000 * server.answered) / plan.endMs - goodput),
    expiredPerSecond: (load?.expired ?? 0) / seconds,
    wastedShare: server.answered === 0 ? 0 : Math.max(0, 1 - (goodput * plan.endMs) / 1000 / server.answered),
    retriesPerSecond: 0,
    amplification: 1,
    ...levelsOf(server),
    recoveryMs: null,
    deaths: 0,
    valid,
  }
}

function latenciesOf(answered: Float64Array, refused: Float64Array) {
  return {
    p50Ms: quantile(answered, 0.5),
    p90Ms: quantile(answered, 0.9),
    p99Ms: quantile(answered, 0.99),
    p999Ms: quantile(answered, 0.999),
    refusedP50Ms: quantile(refused, 0.5),
    refusedP99Ms: quantile(refused, 0.99),
    sojournP99Ms: null,
  }
}

function levelsOf({ inside, memoryBytes }: ServerFacts) {
  const ordered = sorted(inside)
  // A heap takes half a minute to find its size.
  const warm = memoryBytes.slice(Math.floor(memoryBytes.length / 2))
  return {
    utilisation: null,
    limitMin: null,
    limitMean: null,
    limitMax: null,
    insideP50: quantile(ordered, 0.5) ?? 0,
    insideP99: quantile(ordered, 0.99) ?? 0,
    insideMax: quantile(ordered, 1) ?? 0,
    memoryMaxBytes: memoryBytes.reduce((most, bytes) => Math.max(most, bytes), 0),
    memorySlopeBytesPerMinute: slope(warm) * (60_000 / SAMPLE_MS),
  }
}

function seriesOf(load: LoadFacts | undefined, { inside, memoryBytes }: ServerFacts): Series {
  const goodputPerSecond = (load?.goodBins ?? []).map((count) => (count * 1000) / SAMPLE_MS)
  return { binMs: SAMPLE_MS, inside, goodputPerSecond, memoryBytes, limit: [] }
}

function liveFacts(
  load: LoadFacts | undefined,
  {
    server,
    stopped,
    faults,
    plan,
  }: { server: ServerFacts; stopped: boolean; faults: readonly string[]; plan: LivePlan },
): LiveFacts {
  const { costs, endMs, warmUpMs, capacityError } = plan
  const early = sorted(load?.earlyMs ?? [])
  const refusedCount = load?.refusedMs.length ?? 0
  return {
    faults,
    generatorLagP99Ms: load?.lagP99Ms ?? 0,
    offeredError: load ? Math.abs(load.sent - load.planned) / load.planned : 0,
    generatorCpuShare: load?.cpuShare ?? 0,
    watchedMs: endMs - warmUpMs,
    capacityError,
    earlyShare: refusedCount === 0 ? null : early.length / refusedCount,
    earlyP99Ms: quantile(early, 0.99),
    eventLoopDelayP99Ms: server.eventLoopDelayP99Ms,
    eventLoopUtilisation: server.eventLoopUtilisation,
    refusalShare: costs ? costs.refusalMs / costs.answerMs : null,
    stoppedAtMemoryBound: stopped,
    simGoodputRatio: simulatedGoodput(plan),
  }
}
