/**
 * Overload protection for Node.js: bounded queues, rate limits, limits that adapt.
 *
 * This list is the public surface, by name.
 */
export { Channel, type ChannelOptions, type Received } from './channel/channel.ts'
export { type SelectOptions, select, type TrySelectOptions, trySelect } from './channel/select.ts'
export {
  type MaybeChannel,
  type ReceiveCase,
  receiveFrom,
  type SelectCases,
  type Selected,
  type SendCase,
  sendTo,
} from './channel/select-case.ts'
export type { Cancel, Clock } from './clock/clock.ts'
export { systemClock } from './clock/system-clock.ts'
export { type AimdOptions, aimd } from './concurrency/aimd.ts'
export { ConcurrencyLimiter } from './concurrency/concurrency-limiter.ts'
export { fixed } from './concurrency/fixed.ts'
export { type GradientOptions, gradient } from './concurrency/gradient.ts'
export type { LearningLimit } from './concurrency/learning-limit.ts'
export type { LearningOptions } from './concurrency/learning-options.ts'
export type { ConcurrencyLimit, LimitDecision, LimitReason, LimitSample } from './concurrency/limit.ts'
export type { LimiterRefusal, LimiterStats } from './concurrency/limiter-ledger.ts'
export type { ConcurrencyLimiterOptions } from './concurrency/limiter-options.ts'
export { type VegasOptions, vegas } from './concurrency/vegas.ts'
export { type PassOnOptions, TimeBudget } from './deadline/time-budget.ts'
export {
  OVERLOAD_CODES,
  type OverloadCode,
  type OverloadCodeRow,
  type Scope,
} from './errors/overload-codes.ts'
export { isOverloadError, OverloadError, type OverloadErrorDetails } from './errors/overload-error.ts'
export { checkAsk } from './gate/ask.ts'
export type { CallbackGate, EntryListener, Waiting } from './gate/callback-gate.ts'
export {
  ComposedAsyncGate,
  ComposedGate,
  type ComposeOptions,
  compose,
} from './gate/compose.ts'
export { CRITICALITIES, type Criticality } from './gate/criticality.ts'
export type { Ask, AsyncGate, Gate, Outcome, Permit, Refusal } from './gate/gate.ts'
export { outcomeOf, type Settled } from './gate/outcome.ts'
export { refusal, refusalError } from './gate/refusal.ts'
export { type RunOptions, run } from './gate/run.ts'
export { type ShadowAsyncGate, type ShadowGate, type ShadowStats, shadow } from './gate/shadow.ts'
export type { TurnPolicy } from './gate/turn.ts'
export { retryAfterSeconds } from './http/retry-after.ts'
export { diagnose } from './insight/diagnose.ts'
export type { CauseShares, Diagnosis, OverflowCause, OverflowEvidence, Verdict } from './insight/diagnosis.ts'
export { type CapacityBounds, type CapacityInSeconds, capacityAt, forSeconds } from './insight/for-seconds.ts'
export type { ArrivalBurst } from './insight/formulas.ts'
export type { DiagnoseOptions } from './insight/queue-facts.ts'
export { type Recommendation, recommendCapacity } from './insight/recommend-capacity.ts'
export type { SizingBounds } from './insight/sizing-bounds.ts'
export type { SizingOptions } from './insight/sizing-options.ts'
export { type TimeBombOptions, timeBomb } from './insight/time-bomb.ts'
export type { BinColumn, BinSnapshot } from './measure/bin-snapshot.ts'
export { BinSeries, type BinSeriesOptions } from './measure/bins.ts'
export { type DurationTotals, Histogram } from './measure/histogram.ts'
export { WindowedHistogram, type WindowedHistogramOptions } from './measure/windowed-histogram.ts'
export { OptionError } from './options/option-error.ts'
export type { WaitOptions } from './options/wait-options.ts'
export {
  KeyedRateLimiter,
  type KeyedRateLimiterOptions,
  type KeyedRateStats,
} from './rate/keyed-rate-limiter.ts'
export type { RateReservation } from './rate/rate-desk.ts'
export { RateLimiter, type RateLimiterOptions, type RateWaitOptions } from './rate/rate-limiter.ts'
export { rateEvery } from './rate/rate-rules.ts'
export type { RateRefusalCode, RateStats } from './rate/rate-stats.ts'
export { Sometimes, type SometimesOptions } from './rate/sometimes.ts'
export { type Grant, TokenBucket, type TokenBucketOptions } from './rate/token-bucket.ts'
export { type Backoff, type BackoffOptions, fullJitterBackoff } from './retry/backoff.ts'
export { type Attempt, type RetryCallOptions, retry } from './retry/retry.ts'
export { parseRetryAfter } from './retry/retry-after.ts'
export { RetryBudget, type RetryBudgetOptions, type RetryBudgetStats } from './retry/retry-budget.ts'
export {
  AdaptiveThrottle,
  type AdaptiveThrottleOptions,
  type AdaptiveThrottleStats,
} from './shedding/adaptive-throttle.ts'
export { Codel, type CodelOptions } from './shedding/codel.ts'
export { PressureGate, type PressureStats, type ProbeReading } from './shedding/pressure-gate.ts'
export type { PressureGateOptions, Probe, WatchedProbe } from './shedding/pressure-options.ts'
export {
  type ClassCounts,
  PriorityShedder,
  type PriorityShedderOptions,
  type PriorityShedderStats,
} from './shedding/priority-shedder.ts'
export type { CapacityOption, WeightedCapacity } from './work/capacity.ts'
export { Collector, type CollectorStats } from './work/collector.ts'
export type { BatchOptions, CollectorOptions } from './work/collector-options.ts'
export type { HandlerContext } from './work/handler-context.ts'
export type { WhenFull } from './work/intake.ts'
export type { EvictReason, LedgerSnapshot, QueueRefusal, RefusedCounts } from './work/ledger.ts'
export type { DiagnosisQuestion } from './work/oversight.ts'
export type { StartRate } from './work/pacer.ts'
export { Processor, type ProcessorStats, type Prospect } from './work/processor.ts'
export type { ProcessorOptions } from './work/processor-options.ts'
export type { RetryOptions } from './work/retries.ts'
export type { Submission } from './work/submission.ts'
export type { Handle } from './work/workers.ts'
