import { describe, expect, it } from 'vitest'
import type { Benchmark } from './benchmark.ts'
import { atLeastTimes } from './budgets.ts'
import { Figures } from './figures.ts'
import { digits, withSpread } from './numbers.ts'
import { report, verdictLine } from './report.ts'
import { replaceBetweenMarkers, table } from './table.ts'

describe('table', () => {
  it('pads its columns, so that it reads as plain text too', () => {
    expect(
      table(
        ['name', 'M/s'],
        [
          ['fastq', '5'],
          ['p-queue', '0.5'],
        ],
      ),
    ).toBe(['| name    | M/s |', '| ------- | --- |', '| fastq   | 5   |', '| p-queue | 0.5 |'].join('\n'))
  })

  it('keeps a cell with a bar or a line break inside its cell', () => {
    expect(table(['a'], [['one | two\nthree']])).toContain('| one \\| two three |')
  })
})

describe('replaceBetweenMarkers', () => {
  const document = 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n'

  it('replaces what stands between the markers and nothing else', () => {
    expect(replaceBetweenMarkers(document, 'bench', 'new\n')).toBe(
      'before\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nafter\n',
    )
  })

  it('gives the same document when it is asked twice', () => {
    const once = replaceBetweenMarkers(document, 'bench', 'new')
    expect(replaceBetweenMarkers(once, 'bench', 'new')).toBe(once)
  })

  it.each([
    ['there are none', 'text'],
    ['the end is missing', '<!-- bench:begin -->'],
    ['they are in the wrong order', '<!-- bench:end --><!-- bench:begin -->'],
    ['there are two pairs', `${document}${document}`],
  ])('refuses to guess when %s', (_when, text) => {
    expect(() => replaceBetweenMarkers(text, 'bench', 'new')).toThrow('<!-- bench:begin --> and')
  })
})

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.01234, '0.012'],
    [0.00033, '0.00033'],
    [1.2345, '1.23'],
    [26.56, '26.6'],
    [151.4, '151'],
    [12345.6, '12,346'],
    [-0.0123, '-0.012'],
  ])('writes %s as %s', (value, text) => {
    expect(digits(value)).toBe(text)
  })

  it('adds the quartiles only where there are several rounds', () => {
    expect(withSpread({ median: 2, low: 1.5, high: 3, count: 5 })).toBe('2 (1.5–3)')
    expect(withSpread({ median: 2, low: 2, high: 2, count: 1 })).toBe('2')
  })
})

describe('report', () => {
  const unmeasured = { measure: () => Promise.reject(new Error('not here')) }
  const benchmark: Benchmark = {
    topic: 'channel',
    name: 'channel-pair',
    metric: { unit: 'M/s', better: 'higher' },
    reference: 'ours',
    subjects: { ours: unmeasured, slower: unmeasured, broken: unmeasured, Go: { go: 'channel-pair' } },
  }
  const results = new Map([
    [
      'channel-pair',
      new Map([
        ['slower', { figures: [5, 5, 5] }],
        ['ours', { figures: [10, 11, 12] }],
        ['broken', { figures: [], failed: 'it broke' }],
        ['Go', { figures: [], skipped: 'no go on the PATH' }],
      ]),
    ],
  ])
  const run = {
    setting: {
      processor: 'a processor, 2 cores, 4 GiB',
      system: 'linux 6',
      node: 'v20',
      go: 'no Go',
      date: '2026-01-01',
      rounds: 3,
      loadBefore: 0.1,
      versions: { fastq: '1.2.3' },
    },
    benchmarks: [benchmark],
    budgets: [
      {
        topics: [],
        what: 'pair',
        promise: 'twice',
        judge: atLeastTimes(['channel-pair', 'ours'], 'slower', 2),
      },
      {
        topics: [],
        what: 'pair',
        promise: 'thrice',
        judge: atLeastTimes(['channel-pair', 'ours'], 'slower', 3),
      },
      {
        topics: [],
        what: 'pair',
        promise: 'beat',
        judge: atLeastTimes(['channel-pair', 'ours'], 'broken', 3),
      },
    ],
    headers: new Map([
      ['channel-pair', { question: 'how fast?', workload: 'a loop.', readItAs: 'a floor.' }],
    ]),
    results,
    figures: new Figures([benchmark], results),
  }
  const text = report(run)

  it('says on what machine, when, and with which versions it was measured', () => {
    expect(text).toContain('Measured 2026-01-01: a processor, 2 cores, 4 GiB; linux 6; Node.js v20; no Go.')
    expect(text).toContain('Versions: fastq 1.2.3.')
  })

  it('states each promise beside what was measured: met, not met, or not measured', () => {
    expect(text).toMatch(/\| pair +\| twice +\| 2\.2 \(2\.1–2\.3\) × +\| met +\|/)
    expect(text).toMatch(/\| pair +\| thrice +\| 2\.2 \(2\.1–2\.3\) × +\| \*\*not met\*\* +\|/)
    expect(text).toMatch(/\| pair +\| beat +\| not measured +\| – +\|/)
    expect(verdictLine(run)).toBe('1 of 2 promises met')
  })

  it('quotes what the benchmark says of itself', () => {
    expect(text).toContain('How fast?\n\n*Workload:* A loop.\n\n*Read it as:* A floor.')
  })

  it('lists the best first, compared with the reference, and says why a figure is missing', () => {
    const rows = text.split('\n').filter((line) => /^\| (ours|slower|broken|Go) /.test(line))
    expect(
      rows.map((row) =>
        row
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, 4),
      ),
    ).toEqual([
      ['ours', '11 (10.5–11.5)', '1'],
      ['slower', '5 (5–5)', '0.455 (0.436–0.477)'],
      ['broken', 'failed: it broke', '–'],
      ['Go', 'skipped: no go on the PATH', '–'],
    ])
  })
})
