import { describe, expect, expectTypeOf, it } from 'vitest'
import type { TurnPolicy } from '../gate/turn.ts'
import { OptionError } from '../options/option-error.ts'
import { Codel } from './codel.ts'

/** `[nowMs, waitedMs]` in, answers out. */
function judge(codel: Codel, turns: readonly (readonly [number, number])[]): boolean[] {
  return turns.map(([nowMs, waitedMs]) => codel.admits(waitedMs, nowMs))
}

describe('Codel', () => {
  it('sheds what waited more than twice the target, once every wait of an interval was above it', () => {
    const codel = new Codel({ targetMs: 5, intervalMs: 100 })
    expect(
      judge(codel, [
        [0, 6],
        [50, 40],
        [99, 90],
      ]),
    ).toEqual([true, true, true])
    expect(
      judge(codel, [
        [100, 90],
        [101, 11],
        [102, 10],
        [103, 90],
      ]),
    ).toEqual([true, false, true, false])
    expect(codel.stands).toBe(true)
  })

  it('sheds nothing when one wait of the interval was short: a burst is no standing queue', () => {
    const codel = new Codel()
    judge(codel, [
      [0, 80],
      [40, 5],
      [80, 90],
    ])
    expect(
      judge(codel, [
        [100, 90],
        [110, 90],
      ]),
    ).toEqual([true, true])
  })

  it('never sheds the first of an interval, so that it notices when the queue has gone', () => {
    const codel = new Codel()
    const answers = judge(
      codel,
      Array.from({ length: 10 }, (_, i) => [i * 100, 1000] as const),
    )
    expect(answers).toEqual(Array.from({ length: 10 }, () => true))
  })

  it('stops shedding with the first interval in which someone waited briefly', () => {
    const codel = new Codel()
    judge(codel, [
      [0, 50],
      [100, 50],
      [150, 2],
    ])
    expect(
      judge(codel, [
        [200, 50],
        [250, 50],
      ]),
    ).toEqual([true, true])
    expect(codel.stands).toBe(false)
  })

  it('tells its load: how long the shortest wait is against twice the target', () => {
    const codel = new Codel()
    expect(codel.load).toBe(0)
    codel.admits(5, 0)
    expect(codel.load).toBe(0.5)
    judge(codel, [[100, 500]])
    expect(codel.load).toBe(1)
  })

  it('counts a wait that is no number as none, and begins a new interval when the clock is set back', () => {
    const codel = new Codel()
    judge(codel, [
      [1000, 50],
      [1050, Number.NaN],
      [1100, 50],
    ])
    expect(codel.stands).toBe(false)
    judge(codel, [
      [1200, 50],
      [1300, 50],
    ])
    expect(judge(codel, [[1301, 50]])).toEqual([false])
    expect(judge(codel, [[-5000, 50]])).toEqual([true])
  })

  it('refuses a target or an interval that is not above 0', () => {
    expect(() => new Codel({ targetMs: 0 })).toThrow(OptionError)
    expect(() => new Codel({ intervalMs: -1 })).toThrow(
      'Codel: option "intervalMs" must be a finite number above 0',
    )
  })

  it('is a TurnPolicy', () => {
    expectTypeOf<Codel>().toExtend<TurnPolicy>()
  })
})
