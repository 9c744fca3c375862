import { describe, expect, it } from 'vitest'
import type { LiveFacts, Result, Row } from '../record/result.ts'
import { liveWords } from './live-words.ts'

const ROW: Partial<Row> = {
  policy: 'processor',
  times: 2,
  goodputRatio: 0.995,
  goodputPerSecond: 400,
  ceiling: 1,
  p99Ms: 104.4,
  refusedP99Ms: 5,
  insideMax: 77,
  memoryMaxBytes: 61e6,
  memorySlopeBytesPerMinute: -3e5,
  valid: true,
}
const LIVE: Partial<LiveFacts> = {
  faults: [],
  watchedMs: 60_000,
  capacityError: 0.03,
  earlyShare: 0.97,
  earlyP99Ms: 4.2,
  eventLoopDelayP99Ms: 3,
  stoppedAtMemoryBound: false,
  simGoodputRatio: 0.99,
}

/** A run of which only what is told is known. */
function run(row: Partial<Row> = {}, live: Partial<LiveFacts> = {}): Result {
  return { row: { ...ROW, ...row }, live: { ...LIVE, ...live } } as Result
}

/** The cells of the line about a policy in the first table. */
function cells(result: Result): readonly string[] {
  const line = liveWords([result])
    .split('\n')
    .find((each) => each.startsWith(`| ${result.row.policy}`))
  return line!
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

describe('what a live command says', () => {
  it('of a run that counts is what was measured, beside the simulator and the ceiling, and each promise', () => {
    expect(cells(run()).join(' ')).toBe('processor 2x 0.99 0.99 1.00 104 ms 5 ms 77 61.0 MB 0 kB 3 ms valid')
    expect(liveWords([run()])).toMatch(
      /processor +\| 2x +\| at least 90 % of refusals early +\| 97.0 % +\| held/,
    )
    expect(liveWords([run()])).not.toContain('does not count')
  })

  it('of a run that does not count is no figure and no promise, but why, fault by fault', () => {
    const faults = ['the generator lagged 7.3 ms at p99, 5 are allowed', 'the offered load was off by 2.0 %']
    const said = run({ valid: false }, { faults })
    expect(cells(said).join(' ')).toBe('processor 2x - - - - - - - - - invalid')
    const words = liveWords([said])
    for (const fault of faults) expect(words).toContain(`processor at 2x does not count: ${fault}`)
    expect(words).not.toContain('refusals early')
  })

  it('of a server that was stopped is how far it had grown', () => {
    const said = run(
      { policy: 'unbounded-queue', insideMax: 5210, valid: false },
      { stoppedAtMemoryBound: true },
    )
    expect(cells(said).join(' ')).toBe(
      'unbounded-queue 2x - - - - - 5210 61.0 MB 0 kB 3 ms stopped at the memory bound',
    )
  })
})
