import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { PassedAt } from './passed-at.ts'
import { pooled, SampleWindow, type WindowSummary } from './sample-window.ts'

const SLOTS = 16

/** A window of work that takes 20 ms, exponentially, in sixteen slots, while `limit` is in use. */
function windowAt(limit: number, random: () => number): WindowSummary {
  const window = new SampleWindow(0, 80)
  const wait = (20 * Math.max(0, limit - SLOTS)) / SLOTS
  for (;;) {
    const summary = window.add({
      endMs: 1,
      rttMs: wait - Math.log(1 - random()) * 20,
      inFlight: limit,
      dropped: false,
    })
    if (summary) return summary
  }
}

describe('PassedAt', () => {
  it('notices that less passes at a lower limit, once chance does not explain it', () => {
    const random = seededRandom(1)
    const passed = new PassedAt()
    for (let i = 0; i < 10; i++) passed.add(20, windowAt(20, random))
    for (let i = 0; i < 2; i++) passed.add(10, windowAt(10, random))
    expect(passed.losesAt(10)).toBe(false)
    for (let i = 0; i < 8; i++) passed.add(10, windowAt(10, random))
    expect(passed.losesAt(10)).toBe(true)
    expect(passed.losesAt(20)).toBe(false)
  })

  it('sees no loss where work queues: as much passes at half of the limit', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed)
      const passed = new PassedAt()
      for (let i = 0; i < 10; i++) passed.add(40, windowAt(40, random))
      for (let i = 0; i < 10; i++) passed.add(20, windowAt(20, random))
      expect([seed, passed.losesAt(20)]).toEqual([seed, false])
    }
  })

  it('knows what passes, and nothing after it was cleared', () => {
    const random = seededRandom(2)
    const passed = new PassedAt()
    for (let i = 0; i < 50; i++) passed.add(24, windowAt(24, random))
    expect(passed.flow).toBeCloseTo(SLOTS / 20, 1)
    passed.clear()
    expect([passed.flow, passed.losesAt(24)]).toEqual([0, false])
  })
})

describe('pooled', () => {
  it('is what one window of all samples would have been', () => {
    const random = seededRandom(3)
    const samples = Array.from({ length: 60 }, (_, index) => ({
      endMs: index,
      rttMs: 10 * random(),
      inFlight: Math.ceil(20 * random()),
      dropped: false,
    }))
    const summaryOf = (part: typeof samples): WindowSummary => {
      const window = new SampleWindow(0, part.length)
      return part.map((sample) => window.add(sample)).at(-1)!
    }
    const [one, two, all] = [
      summaryOf(samples.slice(0, 20)),
      summaryOf(samples.slice(20)),
      summaryOf(samples),
    ]
    const both = pooled(one, two)
    for (const [key, value] of Object.entries(all)) {
      expect([key, Reflect.get(both, key)]).toEqual([key, expect.closeTo(value, 9)])
    }
  })
})
