import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TOPICS } from './benchmark.ts'
import { readHeader } from './header.ts'

const topicsDir = join(import.meta.dirname, '..', 'topics')

describe('readHeader', () => {
  it('joins what is wrapped over several lines', () => {
    const source = `/**
 * Question: how
 *   fast?
 * Workload: a loop.
 * Read it as: a floor,
 *   no more.
 */
import x from 'y'
`
    expect(readHeader(source, 'x.ts')).toEqual({
      question: 'how fast?',
      workload: 'a loop.',
      readItAs: 'a floor, no more.',
    })
  })

  it('refuses a file that does not open with all three', () => {
    expect(() => readHeader('/**\n * Question: how?\n */\n', 'x.ts')).toThrow('x.ts must open with a comment')
    expect(() => readHeader('export {}\n', 'x.ts')).toThrow('x.ts must open with a comment')
  })
})

describe('every benchmark file', () => {
  const files = TOPICS.flatMap((topic) =>
    readdirSync(join(topicsDir, topic)).map((file) => ({ topic, file, path: join(topicsDir, topic, file) })),
  )
  const benchmarks = files
    .map((one) => ({ ...one, source: readFileSync(one.path, 'utf8') }))
    .filter(({ source }) => /^export const \w+: Benchmark = /m.test(source))

  it('is found: there is at least one for each topic', () => {
    expect(new Set(benchmarks.map(({ topic }) => topic))).toEqual(new Set(TOPICS))
  })

  it.each(benchmarks)('$topic/$file opens with Question, Workload and Read it as', ({ source, file }) => {
    expect(Object.values(readHeader(source, file)).every((part) => part.length > 20)).toBe(true)
  })

  it.each(benchmarks)('$topic/$file is named as the report looks for it', ({ topic, file, source }) => {
    expect(source).toContain(`name: '${topic}-${file.replace(/\.ts$/, '')}'`)
  })
})
