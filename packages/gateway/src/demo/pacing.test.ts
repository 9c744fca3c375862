import { describe, expect, it } from 'vitest'
import { Pacing } from './pacing.ts'

/** Events due in each second, looked at every 50 ms. */
function perSecond(pacing: Pacing, seconds: number): readonly number[] {
  return Array.from({ length: seconds }, (_, second) => {
    let events = 0
    for (let ms = 50; ms <= 1000; ms += 50) {
      events += pacing.due(1000 * second + ms).reduce((sum, batch) => sum + batch, 0)
    }
    return events
  })
}

describe('what is due', () => {
  it('flows evenly, in whole batches, and none is forgotten', () => {
    const pacing = new Pacing({ eventsPerSecond: 50, batch: 20, burstEveryMs: 0 }, 0)
    expect(perSecond(pacing, 4)).toEqual([40, 60, 40, 60])
  })

  it('comes all at once in a burst, then not until the next', () => {
    const pacing = new Pacing({ eventsPerSecond: 100, batch: 20, burstEveryMs: 3000 }, 0)
    expect(perSecond(pacing, 7)).toEqual([300, 0, 0, 300, 0, 0, 300])
  })

  it('is that of the new load alone once it has changed', () => {
    const pacing = new Pacing({ eventsPerSecond: 1000, batch: 1, burstEveryMs: 0 }, 0)
    pacing.change({ eventsPerSecond: 10, batch: 1, burstEveryMs: 0 }, 500)
    expect(pacing.due(1000)).toHaveLength(5)
  })
})
