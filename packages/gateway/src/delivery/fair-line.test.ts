import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FairLine, type InLine } from './fair-line.ts'

const of = (tenant: string, items = 1): InLine => ({ tenant, items })

/** Serves everyone, and tells whose turn it was each time. */
function turns(line: FairLine<InLine>, most = Number.POSITIVE_INFINITY): string {
  let served = ''
  for (let next = line.next(); next && served.length < most; next = line.next()) {
    line.serve(next)
    served += next.tenant
  }
  return served
}

function lineOf(...waiters: readonly InLine[]): FairLine<InLine> {
  const line = new FairLine<InLine>()
  for (const waiter of waiters) line.add(waiter)
  return line
}

describe('a fair line', () => {
  it('is an ordinary line for one tenant', () => {
    const waiters = [of('a', 5), of('a', 1), of('a', 3)]
    const line = lineOf(...waiters)
    expect(line.all()).toEqual(waiters)
    for (const waiter of waiters) {
      expect(line.next()).toBe(waiter)
      line.serve(waiter)
    }
    expect([line.next(), line.size]).toEqual([undefined, 0])
  })

  it('lets tenants take turns, however many of one stand there first', () => {
    expect(turns(lineOf(of('a'), of('a'), of('a'), of('a'), of('b'), of('b'), of('c')))).toBe('abcabaa')
  })

  it('counts turns in items: a large batch is paid for with later turns', () => {
    expect(turns(lineOf(of('a', 3), of('a', 3), of('b'), of('b'), of('b'), of('b')))).toBe('abbbab')
  })

  it('gives nobody a claim on turns that passed while it was away', () => {
    const line = lineOf(...Array.from({ length: 100 }, () => of('a')))
    expect(turns(line, 50)).toBe('a'.repeat(50))
    for (let i = 0; i < 50; i++) line.add(of('b'))
    expect(turns(line, 6)).toBe('bababa')
  })

  it('makes all equal again when nobody stands there', () => {
    const line = lineOf(of('a', 1000))
    turns(line)
    for (let i = 0; i < 3; i++) for (const tenant of ['a', 'b']) line.add(of(tenant))
    expect(turns(line)).toBe('ababab')
  })

  it('puts back at the head of its tenant’s who was served with nothing', () => {
    const [first, second] = [of('a', 2), of('a')]
    const line = lineOf(first, second, of('b'))
    line.serve(first)
    line.putBack(first)
    expect(line.next()).toBe(first)
    expect(turns(line)).toBe('aba')
  })

  it('tells a newcomer how many are served before it', () => {
    const line = lineOf(of('a', 50), of('a', 50), of('b', 2))
    expect(['a', 'b', 'c'].map((tenant) => line.itemsAhead(tenant))).toEqual([102, 5, 2])
  })

  it('gives any tenants that always have someone there the same, but for one batch of each', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 5 })
    fc.assert(
      fc.property(sizes, fc.integer({ min: 50, max: 400 }), (batches, rounds) => {
        const line = new FairLine<InLine>()
        const served = batches.map(() => 0)
        for (const [tenant, items] of batches.entries()) line.add(of(String(tenant), items))
        for (let i = 0; i < rounds; i++) {
          const next = line.next()!
          line.serve(next)
          served[Number(next.tenant)]! += next.items
          line.add({ ...next })
          expect(line.size).toBe(batches.length)
        }
        expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(2 * Math.max(...batches))
      }),
    )
  })
})
