/**
 * Overload protection for `node:http` and the Node process.
 */
export type { GuardOptions } from '../../http/guard-options.ts'
export type { QuotaPolicy } from '../../http/rate-limit-fields.ts'
export type { RefusalFacts, RefusalResponseOptions } from '../../http/refusal-response.ts'
export type { BudgetOptions } from '../../http/request-budget.ts'
export type { GuardStats } from '../../http/request-ledger.ts'
export type { Admission } from './admission.ts'
export { continueWhenRead } from './continue-when-read.ts'
export { type GuardedHandler, type GuardedListener, guard, type HttpGuard, sendRefusal } from './guard.ts'
export {
  type ClosableProbe,
  type EventLoopDelayOptions,
  type EventLoopUtilizationOptions,
  eventLoopDelayProbe,
  eventLoopUtilizationProbe,
  type ProbeRange,
} from './pressure-event-loop.ts'
export { cgroupMemoryProbe, heapProbe, type RssOptions, rssProbe } from './pressure-memory.ts'
export { type NodeProbes, nodeProbes } from './pressure-probes.ts'
