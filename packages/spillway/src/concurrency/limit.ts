/**
 * The contract of a limit that learns: samples of finished work in, a limit
 * and the reason for it out.
 *
 * A limit never reads a clock and never waits; `ConcurrencyLimiter` does
 * both. So the same object serves a service, a test and a simulator.
 *
 * Source: the shape of `Limit.onSample` in Netflix's concurrency-limits, with
 * the reason of failsafe-go's adaptive limiter.
 * Floor 3: imports nothing.
 */

/** What one piece of finished work tells. */
export interface LimitSample {
  /** When it ended, in monotonic milliseconds. */
  readonly endMs: number
  /** How long it took from its start to its end, in milliseconds. */
  readonly rttMs: number
  /** How much was in flight when it started, itself included. */
  readonly inFlight: number
  /** Whether it ended with a sign of overload: a timeout, a 429, a 503. */
  readonly dropped: boolean
}

/** Why a limit is what it is. */
export type LimitReason =
  /** It never moves. */
  | 'fixed'
  /** Lowered: work ended with a sign of overload, or took longer than the timeout. */
  | 'dropped'
  /** Lowered: work takes longer than it takes alone, so it queues somewhere. */
  | 'queueing'
  /** Raised: nothing queues. */
  | 'room'
  /** Raised quickly, because no queue has been seen yet. */
  | 'slow-start'
  /** Kept: as much queues as should. */
  | 'balanced'
  /** Kept: too little was in flight to say anything about the limit. */
  | 'application-limited'
  /** Kept: the time without load was learned from this sample. */
  | 'baseline'
  /** Lowered for a moment, to measure the time without load anew. */
  | 'probe'
  /** Kept: samples are being gathered. */
  | 'gathering'
  /**
   * Kept: the sample was no measurement: a time that is negative, infinite or not a number, likewise what was in flight.
   * Limits that judge by times learn nothing from one of 0 or of more than 24 days either. A drop is always one.
   */
  | 'bad-sample'

/** A limit, and why. */
export interface LimitDecision {
  /** How much may be in flight: an integer of at least 1, or `Infinity`. */
  readonly limit: number
  /** What led to it. */
  readonly reason: LimitReason
}

/** A concurrency limit. One object guards one resource: it remembers what it saw. */
export interface ConcurrencyLimit {
  /** How much may be in flight now. */
  readonly limit: number
  /** Whether it never moves, whatever the samples say. Then it need not be told of them. */
  readonly isFixed?: boolean
  /**
   * Learns from one piece of finished work. Never throws: a sample that is no measurement changes nothing.
   * Costs O(1).
   */
  onSample(sample: LimitSample): LimitDecision
}

/** Whether it can have been in flight. */
export function isCount(inFlight: number): boolean {
  return inFlight >= 0 && inFlight < Number.POSITIVE_INFINITY
}

/** Whether work that took so long counts as dropped. An infinite time is no measurement, not even of a drop. */
export function isLate(rttMs: number, timeoutMs: number): boolean {
  return rttMs >= timeoutMs && rttMs < Number.POSITIVE_INFINITY
}
