import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Sometimes, type SometimesOptions } from './sometimes.ts'

/** Which of `count` calls act, `stepMs` apart. */
function acts(options: SometimesOptions, count: number, stepMs = 0): number[] {
  const clock = new VirtualClock()
  const sometimes = new Sometimes({ ...options, clock })
  const calls: number[] = []
  for (let call = 0; call < count; call++) {
    sometimes.run(() => calls.push(call))
    clock.advance(stepMs)
  }
  return calls
}

describe('Sometimes', () => {
  it.each<[string, SometimesOptions, number[]]>([
    ['the first call only, without options', {}, [0]],
    ['the first calls', { first: 3 }, [0, 1, 2]],
    ['every so many calls, from the first', { every: 4 }, [0, 4, 8]],
    ['the first call after an interval since it last acted', { intervalMs: 250 }, [0, 3, 6, 9]],
    ['not by time, with an interval of 0 or below', { intervalMs: -1 }, [0]],
    ['when any of its rules says so', { first: 2, every: 5, intervalMs: 350 }, [0, 1, 5, 9]],
  ])('acts on %s', (_name, options, expected) => {
    expect(acts(options, 10, 100)).toEqual(expected)
  })

  it('tells whether it acted', () => {
    const sometimes = new Sometimes({ every: 2 })
    const nothing = (): void => {}
    expect([sometimes.run(nothing), sometimes.run(nothing), sometimes.run(nothing)]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('measures the interval by the real clock unless given another', () => {
    const sometimes = new Sometimes({ intervalMs: 1e9 })
    const nothing = (): void => {}
    expect([sometimes.run(nothing), sometimes.run(nothing)]).toEqual([true, false])
  })

  it('counts a call whose action throws, and hands the error on', () => {
    const sometimes = new Sometimes()
    const fail = (): never => {
      throw new Error('no')
    }
    expect(() => sometimes.run(fail)).toThrow('no')
    expect(sometimes.run(fail)).toBe(false)
  })

  it('may be run from within its own action', () => {
    const sometimes = new Sometimes({ first: 3 })
    let depth = 0
    const deeper = (): void => {
      depth++
      sometimes.run(deeper)
    }
    sometimes.run(deeper)
    expect(depth).toBe(3)
  })

  it('counts time that steps back as no time', () => {
    const clock = new VirtualClock(1000)
    const sometimes = new Sometimes({ intervalMs: 100, clock })
    sometimes.run(() => {})
    clock.step(-500)
    expect(sometimes.run(() => {})).toBe(false)
    clock.advance(600)
    expect(sometimes.run(() => {})).toBe(true)
  })

  it.each([
    [{ first: -1 }, 'Sometimes: option "first" must be an integer of at least 0, got -1'],
    [{ every: 1.5 }, 'Sometimes: option "every" must be an integer'],
    [{ intervalMs: Number.NaN }, 'Sometimes: option "intervalMs" must be a number of milliseconds'],
    [{ evry: 2 }, 'Sometimes: unknown option "evry"'],
  ])('refuses %j', (options, problem) => {
    expect(() => new Sometimes(options as SometimesOptions)).toThrow(problem)
  })
})
