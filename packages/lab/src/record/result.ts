/**
 * The result of a run: one schema for virtual time and for real time.
 *
 * Times are milliseconds, rates per second, shares from 0 to 1. What a back
 * end can't know is `null`.
 */

/** The name of the schema; a change of meaning changes it. */
export const SCHEMA = 'spillway-lab/1'

/** One run in figures. */
export interface Row {
  readonly set: string
  readonly scenario: string
  readonly policy: string
  readonly backend: 'sim' | 'live'
  readonly seed: number
  /** The load in multiples of the capacity; at its highest where it changes. */
  readonly times: number
  readonly capacityPerSecond: number
  readonly offeredPerSecond: number
  /** Attempts taken in and not refused. */
  readonly admittedPerSecond: number
  /** Work done, in time or not. */
  readonly throughputPerSecond: number
  /** Requests answered in time. */
  readonly goodputPerSecond: number
  /** Goodput over capacity. */
  readonly goodputRatio: number
  /** What `goodputRatio` can be at best at this load. */
  readonly ceiling: number
  readonly p50Ms: number | null
  readonly p90Ms: number | null
  readonly p99Ms: number | null
  readonly p999Ms: number | null
  readonly refusedP50Ms: number | null
  readonly refusedP99Ms: number | null
  readonly latePerSecond: number
  readonly expiredPerSecond: number
  /** The share of the work done that nobody waited for. */
  readonly wastedShare: number
  readonly retriesPerSecond: number
  /** Attempts for each request. */
  readonly amplification: number
  readonly utilisation: number | null
  readonly limitMin: number | null
  readonly limitMean: number | null
  readonly limitMax: number | null
  readonly insideP50: number
  readonly insideP99: number
  readonly insideMax: number
  readonly sojournP99Ms: number | null
  /** `sim`: reckoned from what is inside; `live`: anonymous memory, measured. */
  readonly memoryMaxBytes: number
  /** `live`: over the second half of the run. */
  readonly memorySlopeBytesPerMinute: number
  /** From the end of the trigger until goodput is, in every second, 90 % of that before it or of what arrives. */
  readonly recoveryMs: number | 'never' | null
  readonly deaths: number
  readonly valid: boolean
}

/** What changes during a run, one value for each bin. */
export interface Series {
  readonly binMs: number
  readonly inside: readonly number[]
  readonly goodputPerSecond: readonly number[]
  readonly memoryBytes: readonly number[]
  readonly limit: readonly number[]
}

/** Success of one class of requests. */
export interface ClassSuccess {
  readonly criticality: string
  readonly success: number
}

/** What only a run in real time has. */
export interface LiveFacts {
  /** Why the run doesn't count; empty when it does. */
  readonly faults: readonly string[]
  readonly generatorLagP99Ms: number
  readonly offeredError: number
  /** The part of one processor that the generator took. */
  readonly generatorCpuShare: number
  /** How long the measured part was. */
  readonly watchedMs: number
  /** The standard error of the measured capacity, over itself. */
  readonly capacityError: number
  /** Of the refusals, the share that was given at once; `null` without any. */
  readonly earlyShare: number | null
  /** How soon 99 in 100 of those were given. */
  readonly earlyP99Ms: number | null
  readonly eventLoopDelayP99Ms: number
  readonly eventLoopUtilisation: number
  /** Processor time of the server for one request answered, and for one refused, in milliseconds; where both are known. */
  readonly refusalShare: number | null
  readonly stoppedAtMemoryBound: boolean
  /** Goodput over capacity of the same policy, load and server in virtual time; `null` where there is none. */
  readonly simGoodputRatio: number | null
}

/** One run, whole. */
export interface Result {
  readonly row: Row
  readonly classes: readonly ClassSuccess[]
  /** The percentiles 0 to 100 of the latency of answers in time; empty without any. */
  readonly answeredMs: readonly number[]
  /** The same of refusals. */
  readonly refusedMs: readonly number[]
  readonly series: Series
  readonly trigger: { readonly fromMs: number; readonly toMs: number } | null
  readonly live: LiveFacts | null
}

/** What a command writes. */
export interface Recording {
  readonly schema: typeof SCHEMA
  /** The command that repeats it. */
  readonly command: string
  readonly seeds: readonly number[]
  /** `false` when it was interrupted: what is there is finished. */
  readonly complete: boolean
  readonly results: readonly Result[]
}

/** As text, the same bytes for the same recording. */
export function recordingText(recording: Recording): string {
  const results = recording.results.map((result) => `    ${JSON.stringify(result, brief)}`)
  const { results: _, ...head } = recording
  const opening = JSON.stringify(head, null, 2).slice(0, -2)
  return `${opening},\n  "results": [\n${results.join(',\n')}\n  ]\n}\n`
}

/** Six significant digits: what remains is noise of the floating point. */
function brief(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
}
