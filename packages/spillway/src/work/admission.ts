/**
 * Whether a newcomer may ask for a place at all: the refusals on arrival, in
 * the order in which they are checked. Nothing here counts or changes anything.
 *
 * Floor 4: imports nothing outside `work`.
 */
import type { Forecast } from './forecast.ts'
import type { Intake } from './intake.ts'
import type { Job } from './job.ts'
import type { Ledger } from './ledger.ts'
import type { Observation } from './observation.ts'
import { type Refused, refuse } from './refusals.ts'
import type { ServiceOrder } from './service-order.ts'
import type { Workers } from './workers.ts'

/** What newcomers ask for together, in numbers. */
export interface ArrivalAsk {
  readonly places: number
  readonly weight: number
  /** That of the least important of them. */
  readonly rank: number
  /** How long they may wait for their places, in milliseconds. */
  readonly boundMs: number
  /** Their whole budget in milliseconds. */
  readonly budgetMs: number
  /** `no`: refused rather than made to wait; `must`: they wait whatever stands against it, but a closed queue. */
  readonly waits: 'no' | 'may' | 'must'
}

/** What an admission looks at. */
export interface AdmissionView<T, R> {
  readonly intake: Intake<T, R>
  readonly workers: Workers<T, R>
  readonly order: ServiceOrder<T, R>
  readonly ledger: Ledger
  readonly observation: Observation
  readonly forecast: Forecast
  readonly shedAboveDepth: number
  /** The most starts per millisecond; `Infinity` without a start rate. */
  readonly startsPerMs: number
  /** Whether a newcomer would start at once. */
  readonly handsOver: () => boolean
}

/** The refusals on arrival. */
export class Admission<T, R> {
  readonly #view: AdmissionView<T, R>

  constructor(view: AdmissionView<T, R>) {
    this.#view = view
  }

  /** Completions per millisecond that can be counted on now; `Infinity` while unknown. */
  ratePerMs(nowMs: number): number {
    const { ledger, observation, workers, startsPerMs } = this.#view
    // Workers without work complete nothing, and are not slow.
    if (ledger.queued + ledger.inFlight === 0) observation.service.stirred()
    return Math.min(observation.service.ratePerMs(workers.limit, nowMs), startsPerMs)
  }

  /** When the next place is expected, in milliseconds from now; `undefined` while unknown. */
  nextPlaceMs(): number | undefined {
    const { ledger, observation } = this.#view
    const perMs = this.ratePerMs(observation.exactMs())
    return perMs === Number.POSITIVE_INFINITY ? undefined : (ledger.waiting + 1) / perMs
  }

  /** The refusal on arrival, if any; a full queue is not one where newcomers may wait. */
  judge(ask: ArrivalAsk): Refused | undefined {
    const { intake, workers, ledger, shedAboveDepth } = this.#view
    if (intake.closed) return refuse('ERR_CLOSED')
    if (intake.exceeds(ask.places, ask.weight)) return refuse('ERR_COST_EXCEEDS_BURST')
    if (ask.waits === 'must') return undefined
    if (workers.overstayed) return refuse('ERR_CONCURRENCY_LIMITED')
    if (ledger.queued >= shedAboveDepth) return refuse('ERR_SHED', this.nextPlaceMs())
    const mustWait = ask.waits === 'may' && ask.boundMs > 0 && !intake.hasRoom(ask.places, ask.weight)
    if (mustWait && intake.waitersFull) return refuse('ERR_TOO_MANY_WAITING', this.nextPlaceMs())
    return this.#predict(ask, mustWait)
  }

  /** The refusal on arrival, the queue being full included. */
  early(ask: ArrivalAsk): Refused | undefined {
    const { intake } = this.#view
    const refusal = this.judge(ask)
    if (refusal || intake.hasRoom(ask.places, ask.weight)) return refusal
    if (ask.waits === 'may')
      return ask.boundMs > 0 ? undefined : refuse('ERR_WAIT_TIMEOUT', this.nextPlaceMs())
    if (intake.canEvictFor(ask.places, ask.weight, ask.rank)) return undefined
    return refuse('ERR_QUEUE_FULL', this.nextPlaceMs())
  }

  #predict(ask: ArrivalAsk, mustWait: boolean): Refused | undefined {
    const { order, ledger, observation, forecast, handsOver } = this.#view
    const { boundMs, budgetMs } = ask
    const boundsWait = mustWait && boundMs !== Number.POSITIVE_INFINITY
    if (!boundsWait && budgetMs === Number.POSITIVE_INFINITY) return undefined
    if (budgetMs <= 0) return refuse('ERR_BUDGET_UNREACHABLE')
    if (handsOver()) return undefined
    const nowMs = observation.exactMs()
    const arrival = {
      beforePlace: mustWait ? ledger.waiting + ask.places : 0,
      ahead: order.ahead(ask.rank) + ledger.waiting,
      boundMs,
      budgetMs,
      ratePerMs: this.ratePerMs(nowMs),
    }
    const lateMs = forecast.lateByMs(arrival, nowMs)
    return lateMs > 0 ? refuse('ERR_BUDGET_UNREACHABLE', lateMs) : undefined
  }
}

/** What jobs ask for together. */
export function askOf<T, R>(
  jobs: readonly Job<T, R>[],
  boundMs: number,
  waits: ArrivalAsk['waits'],
): ArrivalAsk {
  let weight = 0
  let rank = 0
  let budgetMs = Number.POSITIVE_INFINITY
  for (const job of jobs) {
    weight += job.weight
    if (job.rank > rank) rank = job.rank
    if (job.budget && job.budget.ms < budgetMs) budgetMs = job.budget.ms
  }
  return { places: jobs.length, weight, rank, boundMs, budgetMs, waits }
}
