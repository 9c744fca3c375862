/**
 * Refusal on arrival: whether a newcomer can be in time, before it waits in vain.
 *
 * Its wait is predicted as the work ahead of it over the rate of the workers;
 * of its budget the 99th percentile of the service time is set aside. With
 * no completions at all one probe a second still passes, so that a recovered
 * consumer is noticed.
 *
 * Pure: takes the time. Below 20 samples nothing is predicted.
 *
 * Floor 4: imports `measure`.
 */
import type { ServiceEstimate } from '../measure/service-estimate.ts'

const PROBE_EVERY_MS = 1000

/** What is known when a newcomer asks. */
export interface Arrival {
  /** Items that leave the queue before a place is free for it; 0 when it has one. */
  readonly beforePlace: number
  /** Items served before it. */
  readonly ahead: number
  /** How long it may wait for a place, in milliseconds. */
  readonly boundMs: number
  /** Its whole budget in milliseconds. */
  readonly budgetMs: number
  /** Completions per millisecond that can be counted on; `Infinity` when unknown. */
  readonly ratePerMs: number
}

/** Predicts, and lets a probe through now and then. */
export class Forecast {
  readonly #service: ServiceEstimate
  #lastProbeMs = Number.NEGATIVE_INFINITY

  constructor(service: ServiceEstimate) {
    this.#service = service
  }

  /** By how many milliseconds the newcomer would be too late; 0 when it is predicted to be in time, or may pass as a probe. */
  lateByMs(arrival: Arrival, nowMs: number): number {
    const { ratePerMs, boundMs, budgetMs } = arrival
    if (ratePerMs === Number.POSITIVE_INFINITY) return 0
    const placeLateMs = arrival.beforePlace > 0 ? arrival.beforePlace / ratePerMs - boundMs : 0
    const finishMs = arrival.ahead / ratePerMs + this.#service.marginMs(budgetMs, nowMs)
    const lateMs = Math.max(placeLateMs, finishMs - budgetMs)
    return lateMs > 0 && !this.#probeDue(nowMs) ? lateMs : 0
  }

  /** A newcomer was admitted: if it passed as a probe, the next one may in a second. */
  admitted(nowMs: number): void {
    if (this.#probeDue(nowMs)) this.#lastProbeMs = nowMs
  }

  #probeDue(nowMs: number): boolean {
    return this.#service.quietMs(nowMs) >= PROBE_EVERY_MS && nowMs - this.#lastProbeMs >= PROBE_EVERY_MS
  }
}
