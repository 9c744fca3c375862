/**
 * The golden report: what the simulator says today is what it said when this
 * was written. `npx vitest run --project untimed golden --update` writes it anew.
 */
import { describe, expect, it } from 'vitest'
import { POLICY_NAMES } from '../src/policies/roster.ts'
import { recordingText, SCHEMA } from '../src/record/result.ts'
import { tablesOf } from '../src/record/table.ts'
import { SCENARIO_SETS, sweep } from '../src/scenario/standard.ts'
import { planRuns } from '../src/sim/plan.ts'
import { runAll } from '../src/sim/run-all.ts'

const text = (results: Awaited<ReturnType<typeof runAll>>['results']): string =>
  recordingText({ schema: SCHEMA, command: '', seeds: [1], complete: true, results })

describe('the simulator', () => {
  it('says what the golden report says', async () => {
    const sets = [
      { name: 'S1', cases: sweep([0.8, 1.2, 2, 10], 'quick') },
      { name: 'S4', cases: SCENARIO_SETS['S4']!.cases('quick') },
      { name: 'cascade', cases: SCENARIO_SETS['cascade']!.cases('quick') },
    ]
    const { results } = await runAll(planRuns(sets, POLICY_NAMES, [1]))
    await expect(tablesOf(results)).toMatchFileSnapshot('../golden/report.md')
  })

  it('writes the same bytes with the same seed, on one thread or on two', async () => {
    const runs = planRuns(
      [{ name: 'S1', cases: sweep([0.8, 2], 'quick') }],
      ['processor', 'limiter', 'gradient'],
      [1, 2],
    )
    const [one, two] = [await runAll(runs, { threads: 1 }), await runAll(runs, { threads: 2 })]
    expect(text(one.results)).toBe(text(two.results))
    expect(one.results).toHaveLength(12)
  })

  it('gives what is finished when it is interrupted', async () => {
    const interrupt = new AbortController()
    const runs = planRuns([{ name: 'S1', cases: sweep([0.5, 0.8, 2], 'quick') }], ['processor'], [1, 2, 3])
    const { complete, results } = await runAll(runs, {
      threads: 1,
      signal: interrupt.signal,
      onDone: () => interrupt.abort(),
    })
    expect(complete).toBe(false)
    expect(results).toHaveLength(1)
  })
})
