/**
 * Plays a scenario by discrete events and records what its queue would have
 * recorded. Waiting items are a number: first come, first served, all alike.
 *
 * Floor 3, for tests only: left out of the build. Imports `measure`.
 */
import type { BinSnapshot } from '../../measure/bin-snapshot.ts'
import { BinSeries } from '../../measure/bins.ts'
import type { ArrivalPhase, Scenario } from './scenario.ts'

/** Randomness, as `Math.random`: one stream for arrivals, one for service times. */
export interface Streams {
  readonly arrivals: () => number
  readonly service: () => number
}

/** Plays `scenario` from time `startMs` on to the end of its arrivals. */
export function simulate(scenario: Scenario, streams: Streams, startMs = 0): BinSnapshot {
  const bins = new BinSeries()
  const workers = new Workers(scenario.workers)
  const nextArrival = arrivalTimes(scenario.arrivals, streams.arrivals)
  const endMs = scenario.arrivals.at(-1)!.untilMs
  const { budgetMs = Number.POSITIVE_INFINITY } = scenario
  let waiting = 0
  let arrivalMs = nextArrival()
  const start = (nowMs: number): void => {
    const serviceMs = endOfWork(scenario, nowMs, streams.service) - nowMs
    bins.started(startMs + nowMs)
    workers.occupy(nowMs + serviceMs, serviceMs)
  }
  for (;;) {
    if (workers.nextEndMs <= arrivalMs) {
      const nowMs = workers.nextEndMs
      if (nowMs > endMs) break
      bins.completed(startMs + nowMs, workers.release())
      if (waiting === 0) continue
      bins.queued(startMs + nowMs, --waiting)
      start(nowMs)
    } else {
      const nowMs = arrivalMs
      if (nowMs > endMs) break
      arrivalMs = nextArrival()
      bins.arrived(startMs + nowMs)
      if (workers.anyFree) start(nowMs)
      else if (waiting < scenario.capacity && waiting * paceAt(scenario, nowMs) <= budgetMs)
        bins.queued(startMs + nowMs, ++waiting)
      else bins.dropped(startMs + nowMs)
    }
  }
  return bins.snapshot(startMs + endMs)
}

/** The busy workers' ends of work; the earliest is kept at hand. */
class Workers {
  readonly #endsMs: Float64Array
  readonly #servicesMs: Float64Array
  #busy = 0
  #earliest = -1
  nextEndMs = Number.POSITIVE_INFINITY

  constructor(count: number) {
    this.#endsMs = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
    this.#servicesMs = new Float64Array(count)
  }

  get anyFree(): boolean {
    return this.#busy < this.#endsMs.length
  }

  occupy(endMs: number, serviceMs: number): void {
    const worker = this.#endsMs.indexOf(Number.POSITIVE_INFINITY)
    this.#endsMs[worker] = endMs
    this.#servicesMs[worker] = serviceMs
    this.#busy++
    if (endMs >= this.nextEndMs) return
    this.nextEndMs = endMs
    this.#earliest = worker
  }

  /** Frees the worker that ends first, and tells how long it worked. */
  release(): number {
    const serviceMs = this.#servicesMs[this.#earliest]!
    this.#endsMs[this.#earliest] = Number.POSITIVE_INFINITY
    this.#busy--
    this.nextEndMs = Number.POSITIVE_INFINITY
    for (let worker = 0; worker < this.#endsMs.length; worker++) {
      const endMs = this.#endsMs[worker]!
      if (endMs >= this.nextEndMs) continue
      this.nextEndMs = endMs
      this.#earliest = worker
    }
    return serviceMs
  }
}

/** The times of Poisson arrivals: at the end of a phase the wait is drawn anew, which the exponential law allows. */
export function arrivalTimes(phases: readonly ArrivalPhase[], random: () => number): () => number {
  let phase = 0
  let nowMs = 0
  return () => {
    for (;;) {
      const { untilMs, ratePerMs } = phases[phase]!
      const atMs = nowMs + exponential(1 / ratePerMs, random)
      if (atMs <= untilMs || phase === phases.length - 1) {
        nowMs = atMs
        return atMs
      }
      nowMs = untilMs
      phase++
    }
  }
}

/** When work that starts at `startMs` ends, slowdown and stalls included. */
export function endOfWork(scenario: Scenario, startMs: number, random: () => number): number {
  const workMs = hyperexponential(scenario.serviceMs, scenario.serviceScv, random)
  let endMs = startMs + workMs * slownessAt(scenario, startMs)
  for (const stall of scenario.stalls ?? []) {
    if (startMs >= stall.untilMs || endMs <= stall.fromMs) continue
    endMs += stall.untilMs - Math.max(startMs, stall.fromMs)
  }
  return endMs
}

/** The time between two ends of work, a mean. */
function paceAt(scenario: Scenario, nowMs: number): number {
  return (scenario.serviceMs * slownessAt(scenario, nowMs)) / scenario.workers
}

function slownessAt({ slowdown }: Scenario, nowMs: number): number {
  if (!slowdown || nowMs < slowdown.fromMs || nowMs >= slowdown.untilMs) return 1
  const grown = slowdown.rampMs > 0 ? Math.min(1, (nowMs - slowdown.fromMs) / slowdown.rampMs) : 1
  return 1 + (slowdown.factor - 1) * grown
}

function exponential(mean: number, random: () => number): number {
  return -mean * Math.log(1 - random())
}

/** Two exponential laws with balanced means: any squared coefficient of variation of at least 1. */
function hyperexponential(mean: number, scv: number, random: () => number): number {
  const often = (1 + Math.sqrt((scv - 1) / (scv + 1))) / 2
  const share = random() < often ? often : 1 - often
  return exponential(mean / (2 * share), random)
}
