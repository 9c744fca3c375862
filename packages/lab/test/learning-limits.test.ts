/**
 * What led earlier limits astray, and what the limits that learn, as they come, do in S10 instead.
 */
import { describe, expect, it } from 'vitest'
import { policyNamed } from '../src/policies/roster.ts'
import { CAPACITY, SERVER } from '../src/scenario/catalogue.ts'
import { SCENARIO_SETS } from '../src/scenario/standard.ts'
import { BIN_MS, type Journal } from '../src/sim/journal.ts'
import { goodputPerSecond, msUntilGood } from '../src/sim/measure.ts'
import { simulate } from '../src/sim/simulate.ts'

const SEEDS = [1, 2, 3, 4, 5]
const cases = SCENARIO_SETS['S10']!.cases('full')

function runs(name: string, policy: string): { readonly journals: Journal[]; readonly endMs: number } {
  const found = cases.find(({ scenario }) => scenario.name.includes(name))
  if (!found) throw new Error(`S10 has no case of ${name}`)
  const journals = SEEDS.map((seed) => simulate(found.scenario, policyNamed(policy).make, seed))
  return { journals, endMs: found.scenario.endMs }
}

/** The limits of a stretch of time, in order. */
function limitsOf({ limits }: Journal, fromMs: number, toMs: number): number[] {
  return limits.slice(fromMs / BIN_MS, toMs / BIN_MS).toSorted((a, b) => a - b)
}

const medianOf = (ordered: readonly number[]): number => ordered[ordered.length >> 1]!

describe.each(['vegas', 'gradient'])('%s', (policy) => {
  it('does not climb while all work times out, and is useful again within seconds after', () => {
    const { journals, endMs } = runs('times out', policy)
    for (const journal of journals) {
      const before = limitsOf(journal, 5000, 15_000)
      expect(limitsOf(journal, 15_000, 25_000).at(-1)!).toBeLessThanOrEqual(before.at(-1)!)
    }
    expect(msUntilGood(journals, { fromMs: 25_000, toMs: endMs }, 0.95 * CAPACITY)).toBeLessThanOrEqual(3000)
  })

  it('is not starved by a few lucky answers', () => {
    const { journals, endMs } = runs('lucky', policy)
    expect(goodputPerSecond(journals, { fromMs: 5000, toMs: endMs }) / CAPACITY).toBeGreaterThanOrEqual(0.95)
  })

  it('does not creep up in a long overload', () => {
    const { journals, endMs } = runs('for long', policy)
    const growth = journals.map((journal) => {
      const late = medianOf(limitsOf(journal, 45_000, endMs))
      expect(late).toBeLessThanOrEqual(2 * SERVER.slots)
      return late / medianOf(limitsOf(journal, 5000, 25_000))
    })
    expect(growth.reduce((sum, each) => sum + each, 0) / growth.length).toBeLessThanOrEqual(1.1)
    expect(goodputPerSecond(journals, { fromMs: 5000, toMs: endMs }) / CAPACITY).toBeGreaterThanOrEqual(0.95)
  })

  it('turns hardly anybody away for the sake of measuring, while traffic is healthy', () => {
    const { journals, endMs } = runs('healthy', policy)
    const of = (event: 'attempted' | 'refused'): number =>
      journals.reduce((sum, journal) => sum + journal.between(event, 5000, endMs), 0)
    expect(of('refused') / of('attempted')).toBeLessThanOrEqual(0.01)
  })
})
