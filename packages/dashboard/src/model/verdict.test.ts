import { describe, expect, it } from 'vitest'
import { gatewayState, streamState } from '../testing/states.ts'
import { changesBetween, VERDICTS, type Verdict, worstOf } from './verdict.ts'

const withVerdicts = (verdicts: Readonly<Record<string, Verdict>>): ReturnType<typeof gatewayState> =>
  gatewayState(
    1,
    Object.entries(verdicts).map(([name, verdict]) => streamState({ name, diagnosis: { verdict } })),
  )

describe('the verdicts', () => {
  it('are ranked: the first of the worst streams speaks for the gateway', () => {
    const state = withVerdicts({ a: 'healthy', b: 'stalled', c: 'stalled', d: 'queue-too-small' })
    expect(worstOf(state)).toEqual({ streamName: 'b', verdict: 'stalled' })
    expect(worstOf(withVerdicts({}))).toBeUndefined()
  })

  it('have ranks and labels that differ', () => {
    const words = Object.values(VERDICTS)
    expect(new Set(words.map(({ gravity }) => gravity)).size).toBe(words.length)
    expect(new Set(words.map(({ label }) => label)).size).toBe(words.length)
  })
})

describe('what a screen reader is told', () => {
  it('is each change of a verdict, and nothing else', () => {
    const before = withVerdicts({ a: 'healthy', b: 'stalled' })
    expect(changesBetween(before, before)).toEqual([])
    expect(changesBetween(before, withVerdicts({ a: 'consumer-too-slow', b: 'healthy' }))).toEqual([
      'Stream a: the consumer is too slow.',
      'Stream b: healthy.',
    ])
  })

  it('is, at first, only what is not well', () => {
    expect(changesBetween(undefined, withVerdicts({ a: 'healthy', b: 'stalled' }))).toEqual([
      'Stream b: delivery stands still.',
    ])
  })
})
