/**
 * A fleet of nodes on one quota, in virtual time: the real limiters, a bank in
 * the place of Redis, and a network between them. Same seed, same result.
 *
 * It shows what leases cost beside one exact limit: how much of the quota is
 * used, the most that passes in ten seconds, and how evenly asks are served.
 */
import { seededRandom, VirtualClock } from 'spillway/testing'
import { LeasedRateLimiter } from '../index.ts'
import { bankRunner } from './bank-runner.ts'

/** What is simulated. */
export interface FleetOptions {
  readonly ratePerSecond: number
  readonly burst: number
  readonly leaseMs: number
  /** Asks a second at each node, Poisson; a function of time for demand that moves. */
  readonly demandPerSecond: readonly number[] | ((nowMs: number) => readonly number[])
  readonly seconds: number
  readonly seed: number
  /** There and back to Redis. */
  readonly latencyMs: number
  /** Nodes that stop without a word, and when. */
  readonly deaths?: readonly { readonly node: number; readonly atMs: number }[]
}

/** What came of it. */
export interface FleetResult {
  /** Used, of what one bucket would have granted to the same asks. */
  readonly usedShare: number
  /** The most that passed in any ten seconds, of `burst + 10 × rate`. */
  readonly worstTenSeconds: number
  /** The smallest and the largest part of its asks that a living node saw admitted, over the mean part. */
  readonly leastServed: number
  readonly mostServed: number
  /** Renewals of a node in a second. */
  readonly renewalsPerNodeSecond: number
  readonly acceptedPerNode: readonly number[]
  /** What all nodes together admitted in each quarter of a second. */
  readonly acceptedPerBin: readonly number[]
}

/** The length of a bin of `acceptedPerBin`. */
export const BIN_MS = 250

const STEP_MS = 1
const WINDOW_STEPS = 10_000

/** Runs a fleet. */
export function runFleet(options: FleetOptions): FleetResult {
  const { ratePerSecond, burst, leaseMs, seconds, latencyMs, deaths = [] } = options
  const clock = new VirtualClock()
  const random = seededRandom(options.seed)
  const redis = bankRunner(clock, latencyMs)
  const demandAt = (nowMs: number): readonly number[] =>
    typeof options.demandPerSecond === 'function' ? options.demandPerSecond(nowMs) : options.demandPerSecond
  const nodes = demandAt(0).map(
    (_, index) =>
      new LeasedRateLimiter({
        redis,
        name: 'fleet',
        node: `node-${index}`,
        ratePerSecond,
        burst,
        leaseMs,
        whenUnavailable: 'refuse',
        clock,
      }),
  )
  const tally = new Tally(nodes.length, ratePerSecond, burst)
  // Each begins at a moment of its own within the first lease time, as real nodes do.
  const startsMs = nodes.map(() => random() * leaseMs)
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs += STEP_MS) {
    const demand = demandAt(nowMs)
    const order = shuffled(nodes.length, random)
    for (const index of order) {
      const isDead = deaths.some(({ node, atMs }) => node === index && nowMs >= atMs)
      if (isDead || nowMs < startsMs[index]!) continue
      const asks = poisson(((demand[index] ?? 0) * STEP_MS) / 1000, random)
      for (let i = 0; i < asks; i++) tally.count(index, nodes[index]!.tryEnter().admitted)
    }
    tally.endStep()
    clock.advance(STEP_MS)
  }
  const calls = nodes.reduce((sum, node) => sum + node.stats().redis.calls, 0)
  const dead = new Set(deaths.map(({ node }) => node))
  return tally.result(calls / nodes.length / seconds, dead)
}

/** Counts asks, and what one bucket would have granted beside. */
class Tally {
  readonly #accepted: number[]
  readonly #asked: number[]
  readonly #perStep: number[] = []
  readonly #ratePerStep: number
  readonly #burst: number
  #tokens: number
  #exact = 0
  #inStep = 0

  constructor(nodes: number, ratePerSecond: number, burst: number) {
    this.#accepted = new Array<number>(nodes).fill(0)
    this.#asked = new Array<number>(nodes).fill(0)
    this.#ratePerStep = (ratePerSecond * STEP_MS) / 1000
    this.#burst = burst
    this.#tokens = burst
  }

  count(node: number, isAdmitted: boolean): void {
    this.#asked[node]!++
    if (this.#tokens >= 1) {
      this.#tokens--
      this.#exact++
    }
    if (!isAdmitted) return
    this.#accepted[node]!++
    this.#inStep++
  }

  endStep(): void {
    this.#perStep.push(this.#inStep)
    this.#inStep = 0
    this.#tokens = Math.min(this.#burst, this.#tokens + this.#ratePerStep)
  }

  result(renewalsPerNodeSecond: number, dead: ReadonlySet<number>): FleetResult {
    const accepted = sum(this.#accepted)
    const meanServed = accepted / sum(this.#asked)
    const served = this.#accepted.flatMap((count, node) => {
      const asked = this.#asked[node]!
      return asked > 0 && !dead.has(node) ? [count / asked / meanServed] : []
    })
    const quota = this.#burst + this.#ratePerStep * WINDOW_STEPS
    return {
      usedShare: accepted / this.#exact,
      worstTenSeconds: worstWindow(this.#perStep) / quota,
      leastServed: Math.min(...served),
      mostServed: Math.max(...served),
      renewalsPerNodeSecond,
      acceptedPerNode: this.#accepted,
      acceptedPerBin: binned(this.#perStep),
    }
  }
}

function binned(perStep: readonly number[]): number[] {
  const bins = new Array<number>(Math.ceil((perStep.length * STEP_MS) / BIN_MS)).fill(0)
  for (const [step, count] of perStep.entries()) bins[Math.floor((step * STEP_MS) / BIN_MS)]! += count
  return bins
}

/** The most in any ten seconds. */
function worstWindow(perStep: readonly number[]): number {
  let inWindow = 0
  let worst = 0
  for (const [step, count] of perStep.entries()) {
    inWindow += count - (perStep[step - WINDOW_STEPS] ?? 0)
    worst = Math.max(worst, inWindow)
  }
  return worst
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** How many of a Poisson process fall into one step. Source: Knuth, The Art of Computer Programming 2, 3.4.1. */
function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}

function shuffled(length: number, random: () => number): number[] {
  const order = Array.from({ length }, (_, index) => index)
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}
