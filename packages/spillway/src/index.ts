/**
 * Overload protection for Node.js: bounded queues, rate limits, limits that adapt.
 *
 * This list is the public surface, by name.
 */
export type { Cancel, Clock } from './clock/clock.ts'
export { systemClock } from './clock/system-clock.ts'
export {
  OVERLOAD_CODES,
  type OverloadCode,
  type OverloadCodeRow,
  type Scope,
} from './errors/overload-codes.ts'
export { isOverloadError, OverloadError, type OverloadErrorDetails } from './errors/overload-error.ts'
export { CRITICALITIES, type Criticality } from './gate/criticality.ts'
export type { Ask, AsyncGate, Gate, Outcome, Permit, Refusal } from './gate/gate.ts'
export { OptionError } from './options/option-error.ts'
export type { WaitOptions } from './options/wait-options.ts'
export type { WeightedCapacity } from './work/capacity.ts'
export type { HandlerContext } from './work/handler-context.ts'
export type { WhenFull } from './work/intake.ts'
export type { EvictReason, LedgerSnapshot, QueueRefusal, RefusedCounts } from './work/ledger.ts'
export type { StartRate } from './work/pacer.ts'
export { Processor, type ProcessorStats, type Submission } from './work/processor.ts'
export type { ProcessorOptions } from './work/processor-options.ts'
export type { RetryOptions } from './work/retries.ts'
export type { Handle } from './work/workers.ts'
