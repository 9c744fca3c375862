/**
 * The standard scenarios S1 to S10, the ramp and the cascade, as plain data.
 */
import { CAPACITY, CLIENTS, halved, mixed, SERVER, steady, step, surge, type Watch } from './catalogue.ts'
import { healthy, longOverload, luckyAnswers, timeouts } from './learner-troubles.ts'
import { ramp } from './ramp.ts'
import type { Scenario } from './scenario.ts'

/** The loads of the sweep, in multiples of the capacity. */
export const SWEEP: readonly number[] = [0.5, 0.8, 0.95, 1, 1.2, 1.5, 2, 3, 5, 10]

/** `full`: the times of the protocol; `quick`: a fifth of them. */
export type Pace = 'full' | 'quick'

/** A scenario of a set, with the load it stands for, in multiples of the capacity. */
export interface Case {
  readonly times: number
  readonly scenario: Scenario
}

/** A set of cases with one question. */
export interface ScenarioSet {
  readonly question: string
  readonly cases: (pace: Pace) => readonly Case[]
}

/** The sets by name. */
export const SCENARIO_SETS: Readonly<Record<string, ScenarioSet>> = {
  S1: { question: 'What is done in time, at ten loads?', cases: (pace) => sweep(SWEEP, pace) },
  S2: { question: 'How fast does it follow a step, and recover from a surge?', cases: steps },
  S3: { question: 'What if work takes twice, or ten times, as long?', cases: faults },
  S4: { question: 'Does an overload outlive its cause when clients try again?', cases: retries },
  S5: { question: 'Does it hold short bursts?', cases: bursts },
  S6: { question: 'Who is served, when not all can be?', cases: importance },
  S7: { question: 'What after a second in which nothing moved?', cases: stall },
  S8: { question: 'What when the consumer slows, little by little?', cases: drift },
  S9: { question: 'Does memory grow, at ten times the capacity for a minute?', cases: memory },
  S10: {
    question: 'Does a limit that learns follow the capacity, and is it led astray?',
    cases: learners,
  },
  ramp: { question: 'Is it as good on the way down as on the way up?', cases: upAndDown },
  cascade: { question: 'Does one death become three?', cases: cascade },
}

/** The sweep at chosen loads. */
export function sweep(loads: readonly number[], pace: Pace): readonly Case[] {
  const watch = watchOf(pace, 5000, 25_000)
  return loads.map((times) => ({ times, scenario: steady(times, watch) }))
}

function watchOf(pace: Pace, warmUpMs: number, endMs: number): Watch {
  return pace === 'full' ? { warmUpMs, endMs } : { warmUpMs: warmUpMs / 5, endMs: endMs / 5 }
}

function steps(pace: Pace): readonly Case[] {
  const watch = pace === 'full' ? { warmUpMs: 2000, endMs: 20_000 } : { warmUpMs: 1000, endMs: 8000 }
  const up = {
    ...step({ before: 0.8, after: 1.4, atMs: 4000 }, watch),
    trigger: { fromMs: 4000, toMs: 4000 },
  }
  const surged = surge(
    { atMs: 4000, forMs: pace === 'full' ? 3000 : 1000 },
    { retries: 0, backoffMs: 0, retryRatio: 1 },
    watch,
  )
  return [
    { times: 1.4, scenario: up },
    { times: 3, scenario: { ...surged, name: 'surge to 3x' } },
  ]
}

function faults(pace: Pace): readonly Case[] {
  const watch = pace === 'full' ? { warmUpMs: 2000, endMs: 24_000 } : { warmUpMs: 1000, endMs: 7000 }
  const [fromMs, forMs] = pace === 'full' ? [4000, 10_000] : [2000, 2000]
  const slow = (factor: number, lastsMs: number): Case => {
    const trigger = { fromMs, toMs: fromMs + lastsMs }
    const server = { ...SERVER, slowdowns: [{ ...trigger, factor }] }
    const scenario = { ...halved(fromMs, watch), name: `work takes ${factor} times as long`, server, trigger }
    return { times: 0.8, scenario }
  }
  return [slow(2, forMs), slow(10, forMs / 5)]
}

/** How clients try again, by the name of the case. */
const RETRY_MANNERS: readonly (readonly [string, Parameters<typeof surge>[1]])[] = [
  ['no retries', { retries: 0, backoffMs: 0, retryRatio: 1 }],
  ['3 retries at once', { retries: 3, backoffMs: 0, retryRatio: 1 }],
  ['3 retries, full jitter', { retries: 3, backoffMs: 100, retryRatio: 1 }],
  ['3 retries, budget of 10 %', { retries: 3, backoffMs: 100, retryRatio: 0.1 }],
]

function retries(pace: Pace): readonly Case[] {
  const watch = pace === 'full' ? { warmUpMs: 2000, endMs: 40_000 } : { warmUpMs: 1000, endMs: 12_000 }
  const at = pace === 'full' ? { atMs: 5000, forMs: 3000 } : { atMs: 3000, forMs: 2000 }
  return RETRY_MANNERS.map(([name, manner]) => ({
    times: 3,
    scenario: { ...surge(at, manner, watch), name: `surge, ${name}` },
  }))
}

function bursts(pace: Pace): readonly Case[] {
  const watch = watchOf(pace, 4000, 24_000)
  return [3, 6].map((times) => {
    const load = []
    for (let atMs = 0; atMs < watch.endMs; atMs += 2000) {
      load.push({ fromMs: atMs, ratePerSecond: 0.5 * CAPACITY })
      load.push({ fromMs: atMs + 1000, ratePerSecond: times * CAPACITY })
      load.push({ fromMs: atMs + 1100, ratePerSecond: 0.5 * CAPACITY })
    }
    return { times, scenario: { ...steady(0.5, watch), name: `bursts of ${times}x`, load } }
  })
}

function importance(pace: Pace): readonly Case[] {
  const watch = watchOf(pace, 5000, 25_000)
  const one = mixed(3, watch)
  const two = { ...one, name: 'mixed 3x, two calls each', clients: { ...one.clients, calls: 2 } }
  return [
    { times: 3, scenario: one },
    { times: 3, scenario: two },
  ]
}

function stall(pace: Pace): readonly Case[] {
  const watch = pace === 'full' ? { warmUpMs: 2000, endMs: 15_000 } : { warmUpMs: 1000, endMs: 7000 }
  const trigger = { fromMs: 3000, toMs: 4000 }
  const server = { ...SERVER, stalls: [trigger] }
  return [{ times: 0.7, scenario: { ...steady(0.7, watch), name: 'nothing moves for 1 s', server, trigger } }]
}

function drift(pace: Pace): readonly Case[] {
  const watch = watchOf(pace, 5000, 45_000)
  const stepMs = (watch.endMs - watch.warmUpMs) / 8
  const slowdowns = Array.from({ length: 7 }, (_, index) => ({
    fromMs: watch.warmUpMs + (index + 1) * stepMs,
    toMs: watch.warmUpMs + (index + 2) * stepMs,
    factor: 1 + 0.2 * (index + 1),
  }))
  const server = { ...SERVER, slowdowns }
  return [
    { times: 0.8, scenario: { ...steady(0.8, watch), name: 'the consumer slows to 2.4 times', server } },
  ]
}

function memory(pace: Pace): readonly Case[] {
  const watch = watchOf(pace, 5000, 65_000)
  return [
    {
      times: 10,
      scenario: { ...steady(10, watch), name: '10x for a minute, 10 kB each', itemBytes: 10_000 },
    },
  ]
}

function capacityChanges(pace: Pace): readonly Case[] {
  const watch = pace === 'full' ? { warmUpMs: 5000, endMs: 35_000 } : { warmUpMs: 2000, endMs: 11_000 }
  const thirdMs = (watch.endMs - watch.warmUpMs) / 3
  const change = (name: string, factor: number): Case => {
    const trigger = { fromMs: watch.warmUpMs + thirdMs, toMs: watch.warmUpMs + 2 * thirdMs }
    const server = { ...SERVER, slowdowns: [{ ...trigger, factor }] }
    return { times: 1.5, scenario: { ...steady(1.5, watch), name, server, trigger } }
  }
  return [change('capacity halves, then returns', 2), change('capacity doubles, then returns', 0.5)]
}

/** Capacities that change, then what has led limits astray. */
function learners(pace: Pace): readonly Case[] {
  const isFull = pace === 'full'
  const watch = isFull ? { warmUpMs: 5000, endMs: 35_000 } : { warmUpMs: 2000, endMs: 11_000 }
  const outage = isFull ? { fromMs: 15_000, toMs: 25_000 } : { fromMs: 4000, toMs: 6000 }
  const long = isFull ? { warmUpMs: 5000, endMs: 65_000 } : watch
  return [
    ...capacityChanges(pace),
    { times: 1.5, scenario: timeouts(outage, watch) },
    { times: 1.5, scenario: luckyAnswers(watch) },
    { times: 1.2, scenario: longOverload(long) },
    { times: 0.8, scenario: healthy(long) },
  ]
}

function upAndDown(pace: Pace): readonly Case[] {
  const watch = pace === 'full' ? { warmUpMs: 2000, endMs: 39_000 } : { warmUpMs: 500, endMs: 13_000 }
  return [{ times: 2, scenario: ramp(watch) }]
}

/** Three instances, each with memory for 2,000 requests; at 0.8 of their capacity a surge of a second kills the first. */
function cascade(pace: Pace): readonly Case[] {
  const watch = pace === 'full' ? { warmUpMs: 2000, endMs: 40_000 } : { warmUpMs: 1000, endMs: 14_000 }
  const instances = { count: 3, mostInside: 2000, restartMs: 3000 }
  const clients = { ...CLIENTS, retries: 3, backoffMs: 100 }
  const trigger = { fromMs: 4000, toMs: 6000 }
  const rate = (times: number): number => times * 3 * CAPACITY
  const load = [
    { fromMs: 0, ratePerSecond: rate(0.8) },
    { fromMs: trigger.fromMs, ratePerSecond: rate(3) },
    { fromMs: trigger.toMs, ratePerSecond: rate(0.8) },
  ]
  const server = { ...SERVER, instances }
  return [
    {
      times: 3,
      scenario: { name: 'three instances, one balancer', load, server, clients, trigger, ...watch },
    },
  ]
}
