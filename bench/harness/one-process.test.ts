import { describe, expect, it } from 'vitest'
import type { Benchmark } from './benchmark.ts'
import { errorLine, measureInProcess, readFigure } from './one-process.ts'

describe('readFigure', () => {
  it('reads the last line, whatever a package printed before', () => {
    expect(readFigure('a banner\n{"figure":1}\n\n{"figure":2.5}\n')).toEqual({ figure: 2.5 })
  })

  it.each([
    ['nothing', ''],
    ['no JSON', 'done'],
    ['no number', '{"figure":null}'],
    ['another object', '{"value":1}'],
  ])('has no figure when there is %s', (_what, output) => {
    expect(readFigure(output)).toMatchObject({ failed: expect.stringMatching(/^no figure in "/) })
  })
})

describe('errorLine', () => {
  it('is the line that names the error, not the first of the trace', () => {
    const output = '/tmp/x.js:1\nthrow 1\n\nTypeError: Channel is not a constructor\n    at x.js:1\n'
    expect(errorLine(output)).toBe('TypeError: Channel is not a constructor')
  })

  it('is the first line of what is no error', () => {
    expect(errorLine('\nunknown workload "x"\n')).toBe('unknown workload "x"')
    expect(errorLine('')).toBeUndefined()
  })
})

describe('measureInProcess', () => {
  const benchmark: Benchmark = {
    topic: 'rate',
    name: 'rate-allow',
    metric: { unit: 'M/s', better: 'higher' },
    reference: 'Go',
    subjects: { Go: { go: 'rate-allow' } },
  }
  const without = (skipped: Readonly<Record<string, string>>) => ({
    scale: 'quick' as const,
    pin: undefined,
    go: { version: 'no Go', file: 'nowhere/go', skipped },
  })

  it('skips what Go would measure where there is no Go', async () => {
    const outcome = await measureInProcess(benchmark, 'Go', without({ '': 'no go on the PATH' }))
    expect(outcome).toEqual({ skipped: 'no go on the PATH' })
  })

  it('skips the workloads whose package Go does not have', async () => {
    expect(await measureInProcess(benchmark, 'Go', without({ rate: 'no x/time/rate' }))).toEqual({
      skipped: 'no x/time/rate',
    })
  })

  it('tells why a program that cannot be started has no figure', async () => {
    expect(await measureInProcess(benchmark, 'Go', without({}))).toMatchObject({
      failed: expect.stringContaining('ENOENT'),
    })
  })
})
