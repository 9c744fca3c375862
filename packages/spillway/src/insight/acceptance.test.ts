/**
 * The diagnosis against scenarios whose cause is known by construction, on seeds on which nothing was tuned.
 *
 * `SPILLWAY_TRIALS=60 npx vitest run --project unit packages/spillway/src/insight/acceptance.test.ts` runs
 * more of each family (10 otherwise); `SPILLWAY_SEEDS=1,2,3` takes other seeds.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import {
  diagnoseScenario,
  type Family,
  HEALTH,
  OVERFLOWS,
  runTrials,
  type Trial,
} from './scenarios/trials.ts'

const COUNT = Number(process.env['SPILLWAY_TRIALS'] ?? 10)
const SEEDS = (process.env['SPILLWAY_SEEDS'] ?? '31337,2024,77').split(',').map(Number)

const isRight = ({ scenario, diagnosis }: Trial): boolean => diagnosis.verdict === scenario.expected
const shareRight = (trials: readonly Trial[]): number => trials.filter(isRight).length / trials.length

function trialsOf(families: readonly Family[], seed: number): Trial[] {
  return families.flatMap((family) => runTrials(family, { count: COUNT, seed, random: seededRandom }))
}

describe('the diagnosis', { timeout: 60_000 + 1000 * COUNT }, () => {
  const overflows = new Map<number, Trial[]>()
  const health = new Map<number, Trial[]>()

  beforeAll(() => {
    for (const seed of SEEDS) {
      overflows.set(seed, trialsOf(OVERFLOWS, seed))
      health.set(seed, trialsOf(HEALTH, seed))
    }
  }, 600_000)

  it.each(SEEDS)('names the cause of at least 95 % of the overflows of seed %i', (seed) => {
    expect(shareRight(overflows.get(seed)!)).toBeGreaterThanOrEqual(0.95)
  })

  it('names the cause of at least 90 % in each family', () => {
    const trials = [...overflows.values()].flat()
    const families = [...new Set(trials.map(({ scenario }) => scenario.family))]
    expect(families).toHaveLength(OVERFLOWS.length)
    const weak = families.filter(
      (family) => shareRight(trials.filter(({ scenario }) => scenario.family === family)) < 0.9,
    )
    expect(weak).toEqual([])
  })

  it('raises a false alarm on at most 1 % of the healthy', () => {
    const healthy = [...health.values()].flat()
    expect(healthy.length).toBe(COUNT * HEALTH.length * SEEDS.length)
    expect(1 - shareRight(healthy)).toBeLessThanOrEqual(0.01)
  })

  it('gives four shares from 0 to 1 with the sum 1 for every overflow, and a confidence from 0 to 1', () => {
    for (const { diagnosis } of [...overflows.values()].flat()) {
      const shares = Object.values(diagnosis.shares)
      expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
      expect(diagnosis.confidence).toBeGreaterThanOrEqual(0)
      expect(diagnosis.confidence).toBeLessThanOrEqual(1)
    }
  })

  it('says the same when the same traffic is played again', () => {
    const seed = SEEDS[0]!
    for (const family of OVERFLOWS) {
      const again = runTrials(family, { count: 2, seed, random: seededRandom })
      const before = overflows
        .get(seed)!
        .filter(({ scenario }) => scenario.family === again[0]!.scenario.family)
      expect(again.map(({ diagnosis }) => diagnosis)).toEqual(
        before.slice(0, 2).map(({ diagnosis }) => diagnosis),
      )
    }
  })

  it('does not change its mind while the queue calms down: of 100, 98 said the same two seconds earlier', () => {
    const trials = [...overflows.values()].flat().map((trial) => ({
      ...trial,
      earlier: withoutLast(trial.bins, 20),
    }))
    // Where nothing had been dropped two seconds earlier there was nothing to be said of it.
    const begun = trials.filter(({ earlier }) => Array.from(earlier.drops).some((drops) => drops > 0))
    const same = begun.filter(
      ({ scenario, earlier, diagnosis }) => diagnoseScenario(scenario, earlier).verdict === diagnosis.verdict,
    )
    expect(begun.length / trials.length).toBeGreaterThan(0.95)
    expect(same.length / begun.length).toBeGreaterThanOrEqual(0.98)
  })
})

function withoutLast(bins: BinSnapshot, count: number): BinSnapshot {
  const cut = (column: ArrayLike<number>): number[] => Array.from(column).slice(0, -count)
  return {
    binMs: bins.binMs,
    startMs: bins.startMs,
    lastBinMs: bins.binMs,
    arrivals: cut(bins.arrivals),
    drops: cut(bins.drops),
    completions: cut(bins.completions),
    busyMs: cut(bins.busyMs),
    maxDepth: cut(bins.maxDepth),
    serviceSumMs: cut(bins.serviceSumMs),
    serviceSquares: cut(bins.serviceSquares),
    retries: cut(bins.retries),
  }
}
