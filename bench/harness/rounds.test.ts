import { describe, expect, it } from 'vitest'
import type { Benchmark } from './benchmark.ts'
import type { Outcome } from './one-process.ts'
import { measureAll, planRounds, type Step } from './rounds.ts'

const unmeasured = { measure: () => Promise.reject(new Error('the test measures')) }

function benchmark(name: string, subjects: readonly string[], more: Partial<Benchmark> = {}): Benchmark {
  return {
    topic: 'channel',
    name,
    metric: { unit: 'ns', better: 'lower' },
    reference: 'a',
    subjects: Object.fromEntries(subjects.map((subject) => [subject, unmeasured])),
    ...more,
  }
}

const names = (steps: readonly Step[]) =>
  steps.map(({ benchmark, subject }) => `${benchmark.name}/${subject}`)

describe('planRounds', () => {
  it('visits every subject of every benchmark in each round, so that no subject is measured in one go', () => {
    const steps = planRounds([benchmark('x', ['a', 'b']), benchmark('y', ['a'])], 2)
    expect(names(steps)).toEqual(['x/a', 'x/b', 'y/a', 'x/b', 'x/a', 'y/a'])
    expect(steps.map(({ round }) => round)).toEqual([0, 0, 0, 1, 1, 1])
  })

  it('starts each round with another subject', () => {
    const steps = planRounds([benchmark('x', ['a', 'b', 'c'])], 4)
    expect(names(steps).filter((_, index) => index % 3 === 0)).toEqual(['x/a', 'x/b', 'x/c', 'x/a'])
  })

  it('spends no more rounds on a benchmark than it asks for', () => {
    const steps = planRounds([benchmark('x', ['a'], { maxRounds: 1 }), benchmark('y', ['a'])], 3)
    expect(names(steps)).toEqual(['x/a', 'y/a', 'y/a', 'y/a'])
  })
})

describe('measureAll', () => {
  const measured = async (outcomes: Readonly<Record<string, readonly Outcome[]>>) => {
    const asked: string[] = []
    const steps = planRounds([benchmark('x', Object.keys(outcomes))], 3)
    const results = await measureAll(steps, async ({ subject, round }) => {
      asked.push(subject)
      return outcomes[subject]![round]!
    })
    return { asked, of: (subject: string) => results.get('x')?.get(subject) }
  }

  it('keeps the figures of each subject under their rounds', async () => {
    const { of } = await measured({
      a: [{ figure: 1 }, { figure: 2 }, { figure: 3 }],
      b: [{ figure: 10 }, { figure: 20 }, { figure: 30 }],
    })
    expect(of('a')).toEqual({ figures: [1, 2, 3] })
    expect(of('b')).toEqual({ figures: [10, 20, 30] })
  })

  it('does not try again what failed, and keeps why and the figures it had', async () => {
    const { asked, of } = await measured({ a: [{ figure: 1 }, { failed: 'it broke' }, { figure: 3 }] })
    expect(asked).toEqual(['a', 'a'])
    expect(of('a')).toEqual({ figures: [1], failed: 'it broke' })
  })

  it('asks once for what is skipped', async () => {
    const { asked, of } = await measured({
      a: [{ skipped: 'no go on the PATH' }, { figure: 2 }, { figure: 3 }],
    })
    expect(asked).toEqual(['a'])
    expect(of('a')).toEqual({ figures: [], skipped: 'no go on the PATH' })
  })
})
