import { describe, expect, it } from 'vitest'
import { policyNamed } from '../policies/roster.ts'
import { SCENARIO_SETS } from '../scenario/standard.ts'
import { withStalls } from './backend.ts'
import { perform } from './plan.ts'
import { simulate } from './simulate.ts'

describe('three instances behind one balancer', () => {
  const { scenario } = SCENARIO_SETS['cascade']!.cases('quick')[0]!

  it('die one after the other of unbounded spawning, and live with a processor', () => {
    expect(simulate(scenario, policyNamed('unbounded-spawn').make, 1).deaths).toBeGreaterThanOrEqual(3)
    expect(simulate(scenario, policyNamed('processor').make, 1).deaths).toBe(0)
  })

  it('lose nobody from the books: offered = answered + late + refused + lost + inside', () => {
    const journal = simulate({ ...scenario, warmUpMs: 0 }, policyNamed('unbounded-spawn').make, 1)
    const of = (event: Parameters<typeof journal.between>[0]): number =>
      journal.between(event, 0, scenario.endMs)
    const ended = of('answered') + of('late') + of('refused') + of('lost')
    expect(of('lost')).toBeGreaterThan(2000)
    expect(ended + journal.insideAtEnd).toBe(of('attempted'))
  })
})

describe('a result', () => {
  it('knows that the wrong queue never recovers from retries and the processor does', () => {
    const [, atOnce] = SCENARIO_SETS['S4']!.cases('quick')
    const recoveryOf = (policy: string): unknown =>
      perform({ set: 'S4', policy, seed: 1, ...atOnce! }).row.recoveryMs
    expect(recoveryOf('unbounded-queue')).toBe('never')
    expect(recoveryOf('processor')).toBeLessThanOrEqual(1000)
  })
})

describe('withStalls', () => {
  it('lengthens work by the time in which nothing moved', () => {
    const stalls = [{ fromMs: 100, toMs: 200 }]
    expect(withStalls(stalls, 0, 50)).toBe(50)
    expect(withStalls(stalls, 80, 50)).toBe(150)
    expect(withStalls(stalls, 150, 50)).toBe(100)
    expect(withStalls(stalls, 200, 50)).toBe(50)
  })
})
