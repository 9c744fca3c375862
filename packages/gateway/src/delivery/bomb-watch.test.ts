import { beforeEach, describe, expect, it } from 'vitest'
import { type BombSettings, BombWatch, type MeasuredWorkers } from './bomb-watch.ts'

const SETTINGS: BombSettings = {
  window: { items: 100_000, bytes: 1 },
  store: 'memory',
  concurrency: 4,
  rate: undefined,
}

let found: string[]

beforeEach(() => {
  found = []
})

function watching(settings: Partial<BombSettings> = {}): BombWatch {
  return new BombWatch({ ...SETTINGS, ...settings }, (sentence) => found.push(sentence))
}

function deliver(watch: BombWatch, times: number, workers: MeasuredWorkers): void {
  for (let i = 0; i < times; i++) watch.delivered(() => workers)
}

describe('the window of a running stream', () => {
  it('is found to be a time bomb once a thousand deliveries tell how long one takes, and that is said once', () => {
    const watch = watching()
    deliver(watch, 999, { concurrency: 4, ratePerSecond: 400 })
    expect(found).toEqual([])
    deliver(watch, 5000, { concurrency: 4, ratePerSecond: 400 })
    expect(found).toEqual([
      'window.items is a time bomb: 100,000 events are 4.2 min of work at 400 a second (as deliveries go now), and nobody waits longer than 60 s: once full, the stream delivers only what comes too late; lower it to 24,000 or less',
    ])
  })

  it('is counted in events, whatever goes to the sink together: each event in hand has a place', () => {
    // Two workers have something in hand, and end 1,000 deliveries a second; there are places for 1,024 events.
    const workers = { concurrency: 2, ratePerSecond: 1000 }
    deliver(watching({ concurrency: 1024, window: { items: 10_000_000, bytes: 1 } }), 1000, workers)
    expect(found).toEqual([])
    deliver(watching({ concurrency: 1024, window: { items: 40_000_000, bytes: 1 } }), 1000, workers)
    expect(found[0]).toContain('40,000,000 events are 78.1 s of work at 512,000 a second')
  })

  it('is none while the places that concurrency may grow to would do', () => {
    const workers = { concurrency: 4, ratePerSecond: 400 }
    deliver(watching({ concurrency: { min: 1, max: 64 } }), 1000, workers)
    expect(found).toEqual([])
    deliver(watching({ concurrency: { min: 1, max: 8 } }), 1000, workers)
    expect(found).toHaveLength(1)
  })

  it('is looked at by its rate where that is less than the sink takes', () => {
    const rate = { ratePerSecond: 100, burst: 1 }
    deliver(watching({ rate }), 1000, { concurrency: 4, ratePerSecond: 1e9 })
    deliver(watching({ rate }), 1000, { concurrency: 4, ratePerSecond: undefined })
    const said = expect.stringContaining('at 100 a second (its rate)')
    expect(found).toEqual([said, said])
  })

  it('is not judged by deliveries that wait for their batch to fill', () => {
    const batch = { size: 100, maxBytes: 1000, intervalMs: 1000 }
    deliver(watching({ batch }), 1000, { concurrency: 4, ratePerSecond: 4 })
    expect(found).toEqual([])
  })

  it('is nothing to speak of while nothing is known, and looked at again when it is another', () => {
    const watch = watching()
    deliver(watch, 1000, { concurrency: 4, ratePerSecond: undefined })
    expect(found).toEqual([])
    watch.resettle(SETTINGS)
    deliver(watch, 1000, { concurrency: 4, ratePerSecond: 400 })
    watch.resettle({ ...SETTINGS, window: { items: 24_000, bytes: 1 } })
    deliver(watch, 1000, { concurrency: 4, ratePerSecond: 400 })
    expect(found).toHaveLength(1)
  })
})
