import { describe, expect, it } from 'vitest'
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import { latestEpisode } from './episode.ts'

const queue = { capacity: 100, quietAfterMs: 60_000 }

/** `length` calm bins; `depths` and `drops` say what differs, by bin. */
function binsOf(
  length: number,
  given: { depths?: Record<number, number>; drops: Record<number, number> },
): BinSnapshot {
  const none = new Array<number>(length).fill(0)
  const withValues = (values: Record<number, number> = {}): number[] => none.map((_, bin) => values[bin] ?? 0)
  return {
    binMs: 100,
    startMs: 0,
    lastBinMs: 100,
    arrivals: none,
    drops: withValues(given.drops),
    completions: none,
    busyMs: none,
    maxDepth: withValues(given.depths),
    serviceSumMs: none,
    serviceSquares: none,
    retries: none,
  }
}

describe('an episode of drops', () => {
  it('lasts from the last calm bin before its first drop to the first calm bin after its last', () => {
    const depths = { 49: 10, 50: 50, 51: 100, 52: 100, 53: 40, 54: 11 }
    expect(latestEpisode(binsOf(100, { depths, drops: { 51: 3, 52: 1 } }), queue)).toEqual({
      span: { from: 49, to: 56 },
      dropping: { from: 49, to: 53 },
      usual: { from: 0, to: 49 },
      ongoing: false,
    })
  })

  it('goes on while the queue has not calmed down', () => {
    const depths = { 97: 50, 98: 100, 99: 100 }
    const episode = latestEpisode(binsOf(100, { depths, drops: { 98: 1 } }), queue)
    expect(episode).toMatchObject({ span: { from: 96, to: 100 }, ongoing: true })
  })

  it('takes drops within ten seconds of each other together, and older ones apart', () => {
    expect(latestEpisode(binsOf(400, { drops: { 100: 1, 200: 1, 300: 1 } }), queue)?.dropping.from).toBe(100)
    expect(latestEpisode(binsOf(400, { drops: { 100: 1, 201: 1, 300: 1 } }), queue)?.dropping.from).toBe(201)
  })

  it('is over when its last drop is older than asked', () => {
    const bins = binsOf(700, { drops: { 50: 1 } })
    expect(latestEpisode(bins, queue)).toBeUndefined()
    expect(latestEpisode(bins, { ...queue, quietAfterMs: 65_000 })).toBeDefined()
  })

  it('compares with the minute before it at most', () => {
    expect(latestEpisode(binsOf(1200, { drops: { 1100: 1 } }), queue)?.usual).toEqual({ from: 500, to: 1100 })
  })
})
