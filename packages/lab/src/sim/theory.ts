/**
 * The simulator against queueing theory, before anything is claimed with it.
 *
 * Sources: L. Kleinrock, Queueing Systems I, 1975 (M/M/1, M/M/c, M/M/1/K, Pollaczek–Khinchine);
 * the drain of a backlog by the fluid limit.
 */
import { ConcurrencyLimiter } from 'spillway'
import { seededRandom, VirtualClock } from 'spillway/testing'
import { unboundedQueue } from '../policies/naive-policies.ts'
import { CLIENTS, SERVER, steady } from '../scenario/catalogue.ts'
import type { LoadStep, ServiceTime } from '../scenario/scenario.ts'
import { startArrivals } from './arrivals.ts'
import { Backend } from './backend.ts'
import { simulate } from './simulate.ts'

/** One comparison. */
export interface TheoryCheck {
  readonly name: string
  /** What theory says, and in which unit. */
  readonly expected: number
  readonly measured: number
  readonly unit: string
  /** The largest share by which they may differ. */
  readonly tolerance: number
}

/** Whether a comparison holds. */
export function holds({ expected, measured, tolerance }: TheoryCheck): boolean {
  return Math.abs(measured - expected) <= tolerance * Math.abs(expected)
}

/** The checks, each run when asked for. `size` multiplies their length: 1 is about a million arrivals. */
export const THEORY_CHECKS: readonly ((size: number, seed: number) => TheoryCheck)[] = [
  mm1,
  erlangC,
  (size, seed) => pollaczekKhinchine({ kind: 'fixed', meanMs: 1 }, 0, { size, seed }),
  (size, seed) => pollaczekKhinchine({ kind: 'bimodal', meanMs: 1 }, 2.25, { size, seed }),
  lossOfMm1k,
  conservation,
  fluidDrain,
]

interface Station {
  readonly slots: number
  readonly service: ServiceTime
  readonly ratePerSecond: number
  readonly arrivals: number
  readonly seed: number
}

/** The mean time in the station, in milliseconds, over all that left it. */
function meanSojournMs({ slots, service, ratePerSecond, arrivals, seed }: Station): number {
  const clock = new VirtualClock()
  const endMs = (arrivals * 1000) / ratePerSecond
  const backend = new Backend({ slots, service, slowdowns: [] }, clock, seededRandom(2 * seed))
  let [left, sumMs] = [0, 0]
  startArrivals([{ fromMs: 0, ratePerSecond }], { clock, random: seededRandom(2 * seed + 1), endMs }, () => {
    const arrivedMs = clock.nowMs()
    backend.submit(() => {
      left++
      sumMs += clock.nowMs() - arrivedMs
    })
  })
  clock.advanceTo(endMs + 60_000)
  return sumMs / left
}

function mm1(size: number, seed: number): TheoryCheck {
  const service = { kind: 'exponential', meanMs: 1 } as const
  const measured = meanSojournMs({ slots: 1, service, ratePerSecond: 700, arrivals: 1e6 * size, seed })
  return {
    name: 'M/M/1 at 0.7: time in the station, 1 / (μ − λ)',
    expected: 1000 / 300,
    measured,
    unit: 'ms',
    tolerance: 0.05,
  }
}

function erlangC(size: number, seed: number): TheoryCheck {
  const service = { kind: 'exponential', meanMs: 20 } as const
  const sojournMs = meanSojournMs({ slots: 16, service, ratePerSecond: 640, arrivals: 1e6 * size, seed })
  return {
    name: 'M/M/16 at 0.8: time in the station, with the wait of Erlang C',
    expected: 20 + erlangWaitMs(16, 12.8, 20),
    measured: sojournMs,
    unit: 'ms',
    tolerance: 0.03,
  }
}

/** The mean wait with `slots` and `erlangs` of load. */
export function erlangWaitMs(slots: number, erlangs: number, meanMs: number): number {
  let term = 1
  let sum = 0
  for (let k = 0; k < slots; k++) {
    sum += term
    term *= erlangs / (k + 1)
  }
  const tail = term / (1 - erlangs / slots)
  return ((tail / (sum + tail)) * meanMs) / (slots - erlangs)
}

function pollaczekKhinchine(
  service: ServiceTime,
  squaredVariation: number,
  { size, seed }: { size: number; seed: number },
): TheoryCheck {
  const measured = meanSojournMs({ slots: 1, service, ratePerSecond: 700, arrivals: 1e6 * size, seed })
  const expected = 1 + (0.7 / (2 * 0.3)) * (1 + squaredVariation)
  const name = `M/G/1 at 0.7, ${service.kind} service: time in the station, Pollaczek–Khinchine`
  return { name, expected, measured, unit: 'ms', tolerance: 0.05 }
}

function lossOfMm1k(size: number, seed: number): TheoryCheck {
  const [rho, K] = [0.9, 9]
  const clock = new VirtualClock()
  const service = { kind: 'exponential', meanMs: 1 } as const
  const backend = new Backend({ slots: 1, service, slowdowns: [] }, clock, seededRandom(2 * seed))
  const maxWaitMs = Number.POSITIVE_INFINITY
  const limiter = new ConcurrencyLimiter({ limit: 1, maxWaiting: K - 1, order: 'fifo', maxWaitMs, clock })
  const endMs = (1e6 * size) / rho
  const load = [{ fromMs: 0, ratePerSecond: rho * 1000 }]
  startArrivals(load, { clock, random: seededRandom(2 * seed + 1), endMs }, () => {
    limiter.request(
      {},
      { onAdmitted: (permit) => backend.submit(() => permit.end()), onRefused() {}, onAborted() {} },
    )
  })
  clock.advanceTo(endMs + 10_000)
  const { received, refused } = limiter.stats()
  const expected = ((1 - rho) * rho ** K) / (1 - rho ** (K + 1))
  const measured = refused.ERR_TOO_MANY_WAITING / received
  return {
    name: 'M/M/1/9 at 0.9, in a ConcurrencyLimiter: loss',
    expected,
    measured,
    unit: '',
    tolerance: 0.06,
  }
}

/** Everybody who came was answered, late, refused, or is inside: to the last one. */
function conservation(_size: number, seed: number): TheoryCheck {
  const endMs = 10_000
  const journal = simulate(steady(2, { warmUpMs: 0, endMs }), unboundedQueue(), seed)
  const of = (event: 'attempted' | 'answered' | 'late' | 'refused'): number =>
    journal.between(event, 0, endMs)
  const expected = of('attempted')
  const measured = of('answered') + of('late') + of('refused') + journal.insideAtEnd
  return {
    name: 'conservation: offered = answered + late + refused + inside',
    expected,
    measured,
    unit: '',
    tolerance: 0,
  }
}

/** A backlog of (m − 1) T drains in (m − 1) T / (1 − ρ). */
function fluidDrain(_size: number, seed: number): TheoryCheck {
  const load: LoadStep[] = [
    { fromMs: 0, ratePerSecond: 560 },
    { fromMs: 1000, ratePerSecond: 2400 },
    { fromMs: 4000, ratePerSecond: 560 },
  ]
  const watch = { warmUpMs: 0, endMs: 40_000 }
  const scenario = {
    name: 'drain',
    load,
    server: SERVER,
    clients: { ...CLIENTS, timeoutMs: 60_000 },
    ...watch,
  }
  const { insides } = simulate(scenario, unboundedQueue(), seed)
  // Empty again when no more is inside than the sixteen slots and what the load itself lets wait.
  const emptyAt = insides.findIndex((inside, bin) => bin > 400 && inside <= 20)
  const expected = (3000 * (3 - 1)) / (1 - 0.7)
  const measured = 10 * emptyAt - 1000 - 3000
  return {
    name: 'fluid: 3 s at 3 times the capacity drain at 0.7 in (m − 1) T / (1 − ρ)',
    expected,
    measured,
    unit: 'ms',
    tolerance: 0.12,
  }
}
