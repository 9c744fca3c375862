import { describe, expect, it } from 'vitest'
import { newIds } from './new-ids.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('names of events', () => {
  it.each([0, 1, 2, 100])('are as many as are asked for: %i, random UUIDs each', (count) => {
    const ids = newIds(count)
    expect(ids).toHaveLength(count)
    for (const id of ids) expect(id).toMatch(UUID)
  })

  it('are never the same twice, in one call or in two', () => {
    expect(new Set([...newIds(10_000), ...newIds(10_000)]).size).toBe(20_000)
  })

  it('are random in every digit that is free', () => {
    const ids = newIds(1000)
    const seen = Array.from({ length: 36 }, (_, at) => new Set(ids.map((id) => id[at])).size)
    const fixed = [8, 13, 14, 18, 23]
    // 1,000 draws miss one of 16 digits about once in 10^27.
    for (const [at, count] of seen.entries()) expect(count).toBe(fixed.includes(at) ? 1 : at === 19 ? 4 : 16)
  })
})
