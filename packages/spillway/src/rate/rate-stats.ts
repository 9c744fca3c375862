/**
 * The ledger of a rate limiter.
 *
 * Floor 3: imports `errors`.
 */
import type { OverloadCode } from '../errors/overload-codes.ts'

/** Why a rate limiter refuses. */
export type RateRefusalCode = Extract<
  OverloadCode,
  'ERR_RATE_LIMITED' | 'ERR_COST_EXCEEDS_BURST' | 'ERR_TOO_MANY_WAITING'
>

/**
 * What became of every ask since construction. At every instant
 * `received = accepted + refused for all reasons + abandoned + waiting`.
 */
export interface RateStats {
  /** How many asks arrived. */
  readonly received: number
  /** How many got their tokens, at once or after a wait; reservations count when they are made. */
  readonly accepted: number
  /** How many were refused, by code. */
  readonly refused: Readonly<Record<RateRefusalCode, number>>
  /** How many were given up by their signal, before or while they waited. */
  readonly abandoned: number
  /** How many wait now. */
  readonly waiting: number
  /** How many of the accepted were cancelled: permits and reservations whose work never started. */
  readonly cancelled: number
}
