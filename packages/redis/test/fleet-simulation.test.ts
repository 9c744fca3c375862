/**
 * What leases cost in a fleet of a hundred nodes, in virtual time. The same over real processes is in `fleet.test.ts`.
 */
import { describe, expect, it } from 'vitest'
import { type FleetOptions, runFleet } from '../src/simulation/fleet.ts'
import { SCENARIOS } from '../src/simulation/scenarios.ts'

const shorter = (options: FleetOptions): FleetOptions => ({ ...options, seconds: 12 })

describe('a hundred nodes that lease from one quota', () => {
  it.each(Object.keys(SCENARIOS))(
    '%s: they use 95 % of it or more, and never more than one bucket',
    (name) => {
      const { usedShare, worstTenSeconds } = runFleet(shorter(SCENARIOS[name]!))
      expect(usedShare).toBeGreaterThanOrEqual(0.95)
      expect(worstTenSeconds).toBeLessThanOrEqual(1)
    },
  )

  it('serve every node alike when all ask alike', () => {
    const { leastServed, mostServed } = runFleet(shorter(SCENARIOS['even, twice the quota asked for']!))
    expect(leastServed).toBeGreaterThan(0.9)
    expect(mostServed).toBeLessThan(1.1)
  })

  it('do not starve those that ask little beside one that asks for nearly all', () => {
    const { leastServed } = runFleet(shorter(SCENARIOS['one node with 90 % of twice the quota']!))
    expect(leastServed).toBeGreaterThan(0.6)
  })

  it('come to the same result with the same seed', () => {
    const options = { ...SCENARIOS['even, twice the quota asked for']!, seconds: 1 }
    expect(runFleet(options)).toEqual(runFleet(options))
    expect(runFleet({ ...options, seed: 2 })).not.toEqual(runFleet(options))
  })
})
