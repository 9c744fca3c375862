import { describe, expect, it } from 'vitest'
import { CRITICALITIES, type Criticality, criticalityRank } from './criticality.ts'

describe('criticality', () => {
  it('ranks the four classes from the most to the least important', () => {
    expect(CRITICALITIES.map(criticalityRank)).toEqual([0, 1, 2, 3])
    expect(CRITICALITIES[0]).toBe('critical-plus')
    expect(CRITICALITIES[3]).toBe('sheddable')
  })

  it('tells what is no criticality', () => {
    // A header of a client may hold anything.
    expect(criticalityRank('CRITICAL' as Criticality)).toBe(-1)
  })
})
