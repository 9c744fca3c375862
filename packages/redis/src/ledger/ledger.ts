/**
 * What became of every ask. At every instant
 * `received = accepted + refused for all reasons + abandoned + waiting`.
 */
import type { OverloadCode } from 'spillway'

/** The ledger of a limiter, by value. */
export interface LedgerSnapshot {
  /** How many asks arrived. */
  readonly received: number
  /** How many were admitted, whoever decided. */
  readonly accepted: number
  /** How many were refused, by code. */
  readonly refused: Readonly<Partial<Record<OverloadCode, number>>>
  /** How many were given up by their signal, before or while they waited. */
  readonly abandoned: number
  /** How many wait now: for an answer, or for their slot. */
  readonly waiting: number
  /** How many of the accepted were cancelled: their work never started. */
  readonly cancelled: number
  /** How many asks found Redis away, and got the answer that `whenUnavailable` declares. */
  readonly unavailable: number
  /** How many of those the local limiter decided. */
  readonly decidedLocally: number
}

/** Counts each ask once. */
export class Ledger {
  #accepted = 0
  readonly #refused: Partial<Record<OverloadCode, number>> = {}
  #refusedInAll = 0
  #abandoned = 0
  #waiting = 0
  #cancelled = 0
  #unavailable = 0
  #decidedLocally = 0

  /** An ask arrived; it waits until one of the endings below. */
  arrive(): void {
    this.#waiting++
  }

  accept(): void {
    this.#waiting--
    this.#accepted++
  }

  refuse(code: OverloadCode): void {
    this.#waiting--
    this.#refusedInAll++
    this.#refused[code] = (this.#refused[code] ?? 0) + 1
  }

  abandon(): void {
    this.#waiting--
    this.#abandoned++
  }

  /** A wrong ask was never one. */
  forget(): void {
    this.#waiting--
  }

  cancel(): void {
    this.#cancelled++
  }

  /** Beside the endings: the answer came without Redis. */
  missRedis(isDecidedLocally: boolean): void {
    this.#unavailable++
    if (isDecidedLocally) this.#decidedLocally++
  }

  get waiting(): number {
    return this.#waiting
  }

  snapshot(): LedgerSnapshot {
    return {
      received: this.#accepted + this.#refusedInAll + this.#abandoned + this.#waiting,
      accepted: this.#accepted,
      refused: { ...this.#refused },
      abandoned: this.#abandoned,
      waiting: this.#waiting,
      cancelled: this.#cancelled,
      unavailable: this.#unavailable,
      decidedLocally: this.#decidedLocally,
    }
  }
}
