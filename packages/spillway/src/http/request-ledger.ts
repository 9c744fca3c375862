/**
 * The ledger of the requests that one guard has seen. At any instant
 *
 *   received = accepted + refused{code} + abandoned + failed + waiting
 *
 * Exempt requests are not received.
 *
 * Floor 4: imports `errors`.
 */
import type { OverloadCode } from '../errors/overload-codes.ts'

/** Counters and gauges of one guard. The sum of the module's header holds at any instant. */
export interface GuardStats {
  /** Came to the guard; exempt ones are not counted. */
  readonly received: number
  /** Had leave to start. */
  readonly accepted: number
  /** Refused, by code. */
  readonly refused: Readonly<Partial<Record<OverloadCode, number>>>
  /** Went away before they had leave to start. */
  readonly abandoned: number
  /** Could not be judged: the gate, or a function of the options, failed. */
  readonly failed: number
  /** Wait for leave to start now. */
  readonly waiting: number
  /** Accepted, and not answered yet. */
  readonly inFlight: number
  /** Let through uncounted. */
  readonly exempt: number
  /** Accepted in shadow mode although the gate would have refused them, by code. */
  readonly wouldRefuse: Readonly<Partial<Record<OverloadCode, number>>>
}

/** The counters themselves. */
export class RequestLedger {
  received = 0
  accepted = 0
  abandoned = 0
  failed = 0
  waiting = 0
  inFlight = 0
  exempt = 0
  readonly #refused: Partial<Record<OverloadCode, number>> = {}
  readonly #wouldRefuse: Partial<Record<OverloadCode, number>> = {}

  /** One more refusal. */
  refused(code: OverloadCode): void {
    this.#refused[code] = (this.#refused[code] ?? 0) + 1
  }

  /** One more that the guard itself would have refused. */
  wouldRefuse(code: OverloadCode): void {
    this.#wouldRefuse[code] = (this.#wouldRefuse[code] ?? 0) + 1
  }

  /** A copy that no later event changes. @param byGate - what the gate would have refused */
  snapshot(byGate: GuardStats['wouldRefuse']): GuardStats {
    const wouldRefuse = { ...byGate }
    // What was put in has codes for keys.
    for (const code of Object.keys(this.#wouldRefuse) as OverloadCode[]) {
      wouldRefuse[code] = (wouldRefuse[code] ?? 0) + (this.#wouldRefuse[code] ?? 0)
    }
    return { ...this, refused: { ...this.#refused }, wouldRefuse }
  }
}
