/**
 * The request ledger of a limiter: every ask is counted exactly once, and
 * at every instant `received = accepted + refused{code} + abandoned + waiting`.
 *
 * Floor 3: imports `errors`.
 */
import type { OverloadCode } from '../errors/overload-codes.ts'

/** The codes with which a limiter refuses. */
export type LimiterRefusal = Extract<
  OverloadCode,
  | 'ERR_CONCURRENCY_LIMITED'
  | 'ERR_TOO_MANY_WAITING'
  | 'ERR_WAIT_TIMEOUT'
  | 'ERR_BUDGET_UNREACHABLE'
  | 'ERR_BUDGET_SPENT'
  | 'ERR_SHED'
>

/** Counters since the start, and gauges. */
export interface LimiterStats {
  /** Asks, by `tryEnter`, `enter` and `request`. */
  readonly received: number
  /** Permits given. */
  readonly accepted: number
  /** Refusals by code. */
  readonly refused: Readonly<Record<LimiterRefusal, number>>
  /** Gave up by their signal. */
  readonly abandoned: number
  /** Wait now. */
  readonly waiting: number
  /** How much is in flight now, by cost. */
  readonly inFlight: number
  /** How much may be in flight now. */
  readonly limit: number
  /** How accepted work ended; `overdue` was taken back after `maxHoldMs`. */
  readonly ended: Readonly<Record<'success' | 'failure' | 'ignored' | 'cancelled' | 'overdue', number>>
  /** Samples at which the limit or `onLimit` threw, or the answer was no limit; in the last case it was kept as it was. */
  readonly limitFaults: number
  /** Turns at which `atTurn` threw. Then the work was let through. */
  readonly turnFaults: number
}

/** The counters themselves. */
export class LimiterLedger {
  received = 0
  accepted = 0
  abandoned = 0
  limitFaults = 0
  turnFaults = 0
  readonly refused: Record<LimiterRefusal, number> = {
    ERR_CONCURRENCY_LIMITED: 0,
    ERR_TOO_MANY_WAITING: 0,
    ERR_WAIT_TIMEOUT: 0,
    ERR_BUDGET_UNREACHABLE: 0,
    ERR_BUDGET_SPENT: 0,
    ERR_SHED: 0,
  }
  readonly ended: Record<'success' | 'failure' | 'ignored' | 'cancelled' | 'overdue', number> = {
    success: 0,
    failure: 0,
    ignored: 0,
    cancelled: 0,
    overdue: 0,
  }

  /** A copy that no later event changes. */
  snapshot(gauges: Pick<LimiterStats, 'waiting' | 'inFlight' | 'limit'>): LimiterStats {
    const { received, accepted, abandoned, limitFaults, turnFaults } = this
    const refused = { ...this.refused }
    const ended = { ...this.ended }
    return { received, accepted, refused, abandoned, ...gauges, ended, limitFaults, turnFaults }
  }
}
