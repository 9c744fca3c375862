/**
 * Refusals on arrival beside refusals after a wait in vain, for a `Processor` that knows each request's budget, in
 * virtual time. The processor's constant was chosen on the seeds 1 to 5 and 101 to 105, and frozen before these were run.
 */
import { describe, expect, it } from 'vitest'
import { processorWithBudget } from '../src/policies/processor-policies.ts'
import { CAPACITY, SERVER, steady } from '../src/scenario/catalogue.ts'
import { goodputPerSecond } from '../src/sim/measure.ts'
import { simulate } from '../src/sim/simulate.ts'

const SEEDS = [201, 202, 203, 204, 205]
const LOADS = [1.2, 2, 5, 10]
const SERVICES = ['exponential', 'bimodal', 'fixed'] as const

const cases = SERVICES.flatMap((kind) => LOADS.map((times) => ({ kind, times })))

describe('a Processor with budgets', () => {
  it.each(cases)(
    'refuses at least 90 % on arrival, with a goodput of 0.95, at $times times the capacity with $kind services',
    ({ kind, times }) => {
      const watched = steady(times, { warmUpMs: 2000, endMs: 6000 })
      const scenario = { ...watched, server: { ...SERVER, service: { kind, meanMs: 20 } } }
      const journals = SEEDS.map((seed) => simulate(scenario, processorWithBudget(), seed))
      const waitsMs = journals.flatMap(({ refusedAfterMs }) => refusedAfterMs)
      const early = waitsMs.filter((waitMs) => waitMs === 0).length
      expect(early / waitsMs.length).toBeGreaterThanOrEqual(0.9)
      const goodput = goodputPerSecond(journals, { fromMs: 2000, toMs: 6000 })
      expect(goodput / CAPACITY).toBeGreaterThanOrEqual(0.95)
    },
  )
})
