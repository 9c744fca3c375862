/**
 * The two ledgers of a queue: every outcome has a name and is counted exactly
 * once, and both balance after every step.
 *
 *   requests: received = accepted + refused{code} + abandoned + waiting
 *   events:   accepted = delivered + evicted{reason} + failed + purged + queued + inFlight + retrying
 *
 * Plain integers, read by whoever exports them. Counters start with the object.
 *
 * Floor 4: imports `errors`.
 */
import type { OverloadCode } from '../errors/overload-codes.ts'

/**
 * Why an accepted item left without being worked on: `full`, it made room for a newcomer; `priority`, it made room
 * for something more important; `deadline`, its budget could no longer be kept; `sojourn`, it queued longer than
 * `maxQueueMs`; `aborted`, its caller gave up.
 */
export type EvictReason = 'full' | 'priority' | 'deadline' | 'sojourn' | 'aborted'

/** Refusals by code: the codes that a queue can answer with. */
export type RefusedCounts = Record<QueueRefusal, number>

/** The codes with which a queue refuses. */
export type QueueRefusal = Extract<
  OverloadCode,
  | 'ERR_QUEUE_FULL'
  | 'ERR_WAIT_TIMEOUT'
  | 'ERR_TOO_MANY_WAITING'
  | 'ERR_CONCURRENCY_LIMITED'
  | 'ERR_COST_EXCEEDS_BURST'
  | 'ERR_SHED'
  | 'ERR_BUDGET_UNREACHABLE'
  | 'ERR_CLOSED'
>

/** Counters and gauges of one queue. Both sums of the module's header hold at any instant. */
export interface LedgerSnapshot {
  /** Offered, in items. */
  readonly received: number
  /** Had a place. */
  readonly accepted: number
  /** Refused before they had a place, by reason. */
  readonly refused: Readonly<RefusedCounts>
  /** Gave up by their signal while they waited for a place. */
  readonly abandoned: number
  /** Wait for a place now, in items. */
  readonly waiting: number
  /** Handled with success. */
  readonly delivered: number
  /** Accepted, and removed from the queue, by reason. */
  readonly evicted: Readonly<Record<EvictReason, number>>
  /** Failed for good, after their last attempt. */
  readonly failed: number
  /** Removed by `purge`. */
  readonly purged: number
  /** Have a place now, and wait for their turn. */
  readonly queued: number
  /** Are being handled now. */
  readonly inFlight: number
  /** Wait for their next attempt now. */
  readonly retrying: number
}

/** The counters themselves. */
export class Ledger implements LedgerSnapshot {
  received = 0
  accepted = 0
  abandoned = 0
  waiting = 0
  delivered = 0
  failed = 0
  purged = 0
  queued = 0
  inFlight = 0
  retrying = 0
  readonly refused: RefusedCounts = {
    ERR_QUEUE_FULL: 0,
    ERR_WAIT_TIMEOUT: 0,
    ERR_TOO_MANY_WAITING: 0,
    ERR_CONCURRENCY_LIMITED: 0,
    ERR_COST_EXCEEDS_BURST: 0,
    ERR_SHED: 0,
    ERR_BUDGET_UNREACHABLE: 0,
    ERR_CLOSED: 0,
  }
  readonly evicted: Record<EvictReason, number> = {
    full: 0,
    priority: 0,
    deadline: 0,
    sojourn: 0,
    aborted: 0,
  }

  /** A copy that no later event changes. */
  snapshot(): LedgerSnapshot {
    return { ...this, refused: { ...this.refused }, evicted: { ...this.evicted } }
  }
}
