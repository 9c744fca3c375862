import { describe, expect, it } from 'vitest'
import { driftFault, excessFault, faultsOf } from './live-plan.ts'
import type { LoadFacts } from './messages.ts'

const LOAD: LoadFacts = {
  planned: 1000,
  sent: 1000,
  answeredMs: [],
  refusedMs: [],
  earlyMs: [],
  expired: 0,
  failed: 0,
  lagP99Ms: 1,
  cpuShare: 0.5,
  goodBins: [],
}

describe('a live run', () => {
  it('counts when its generator was in time, complete, and had room to spare', () => {
    expect(faultsOf(LOAD)).toEqual([])
  })

  it.each<[Partial<LoadFacts>, string]>([
    [{ lagP99Ms: 7.25 }, 'the generator lagged 7.3 ms at p99, 5 are allowed'],
    [{ sent: 980 }, 'the offered load was off by 2.0 %, 1 % is allowed'],
    [{ cpuShare: 0.93 }, 'the generator took 93 % of its processor, 85 % are allowed'],
  ])('does not count with %o', (fault, sentence) => {
    expect(faultsOf({ ...LOAD, ...fault })).toEqual([sentence])
  })

  it('does not count when it did more than its server was found to do', () => {
    expect(excessFault(1.19, 0.05)).toBeUndefined()
    expect(excessFault(1.51, 0.05)).toMatch('151 % of what the server was found to do was answered')
  })

  it('does not count when its server is another one at the end', () => {
    expect(driftFault(400, 390)).toBeUndefined()
    expect(driftFault(400, 370)).toMatch('400 a second before the runs and 370 after them, 5 % of change')
  })
})
