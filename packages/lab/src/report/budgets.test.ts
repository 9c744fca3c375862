import { describe, expect, it } from 'vitest'
import type { LiveFacts, Result, Row } from '../record/result.ts'
import { budgetsOf } from './budgets.ts'

const ROW: Partial<Row> = {
  policy: 'processor',
  times: 2,
  ceiling: 1,
  goodputRatio: 0.995,
  goodputPerSecond: 400,
  p99Ms: 104,
  memorySlopeBytesPerMinute: -3e5,
  valid: true,
}
const LIVE: Partial<LiveFacts> = {
  watchedMs: 60_000,
  capacityError: 0.03,
  earlyShare: 0.97,
  earlyP99Ms: 4.2,
}

/** A run of which only what budgets look at is known. */
function run(row: Partial<Row> = {}, live: Partial<LiveFacts> = {}): Result {
  return { row: { ...ROW, ...row }, live: { ...LIVE, ...live } } as Result
}

function verdicts(result: Result): Record<string, string> {
  return Object.fromEntries(budgetsOf(result).map(({ promise, verdict }) => [promise, verdict]))
}

describe('the promises of a live run', () => {
  it('are all told, with what was measured, by a minute of a processor', () => {
    expect(budgetsOf(run()).map(({ promise, measured, verdict }) => [promise, measured, verdict])).toEqual([
      ['goodput at least 0.99 of the ceiling', '0.995 ± 0.061', 'held'],
      ['at least 90 % of refusals early', '97.0 %', 'held'],
      ['p99 of early refusals at most 20 ms', '4.2 ms', 'held'],
      ['memory grows by less than 1.0 MB a minute', '0 kB', 'held'],
    ])
  })

  it('of the gateway are the latency of a 202 too, and a goodput with little doubt', () => {
    const gateway = { policy: 'gateway', goodputRatio: 0.98 }
    expect(verdicts(run(gateway))['p99 of a 202 at most 120 ms']).toBe('held')
    expect(verdicts(run({ ...gateway, p99Ms: 121 }))['p99 of a 202 at most 120 ms']).toBe('not held')
    expect(verdicts(run(gateway))['goodput at least 0.99 of the ceiling']).toBe('not held')
  })

  it.each<[string, Result, string]>([
    ['goodput at least 0.99 of the ceiling', run({ goodputRatio: 0.96 }), 'within error'],
    ['goodput at least 0.99 of the ceiling', run({ goodputRatio: 0.9 }), 'not held'],
    ['goodput at least 0.99 of the ceiling', run({ goodputRatio: 0.5, ceiling: 0.5 }), 'held'],
    ['at least 90 % of refusals early', run({}, { earlyShare: 0.8 }), 'not held'],
    ['at least 90 % of refusals early', run({}, { earlyShare: null }), 'not told'],
    ['p99 of early refusals at most 20 ms', run({}, { earlyP99Ms: 21 }), 'not held'],
    ['memory grows by less than 1.0 MB a minute', run({ memorySlopeBytesPerMinute: 2e6 }), 'not held'],
    ['memory grows by less than 1.0 MB a minute', run({}, { watchedMs: 5000 }), 'not told'],
  ])('%s: %#', (promise, result, verdict) => {
    expect(verdicts(result)[promise]).toBe(verdict)
  })

  it('are none of a wrong pattern, of a run that does not count, and below the capacity', () => {
    for (const row of [{ policy: 'unbounded-queue' }, { valid: false }, { times: 0.8 }]) {
      expect(budgetsOf(run(row))).toEqual([])
    }
  })

  it('do not ask a limiter that serves its newest first to refuse on arrival', () => {
    expect(Object.keys(verdicts(run({ policy: 'limiter' })))).not.toContain('at least 90 % of refusals early')
  })
})
