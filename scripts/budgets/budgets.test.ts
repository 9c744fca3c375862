import { describe, expect, it } from 'vitest'
import { judge } from './judge.ts'
import { measure } from './measure.ts'

const lines = (count: number): string => 'x\n'.repeat(count)

function functionOf(count: number): string {
  return `function long() {\n${'  step()\n'.repeat(count - 2)}}\n`
}

describe('the size budgets', () => {
  it('are kept by files and functions exactly at their limits', () => {
    const files = Array.from({ length: 19 }, (_, i) => measure(`src/${i}.ts`, lines(100)))
    const longest = measure('src/longest.ts', functionOf(40) + lines(360))
    const test = measure('src/longest.test.ts', lines(500))
    expect(judge([...files, longest, test])).toMatchObject({
      sources: 20,
      tests: 1,
      median: 100,
      p95: 100,
      longestFile: 400,
      longestFunction: 40,
      faults: [],
    })
  })

  it.each([
    ['a file of 401 lines', 'src/a.ts', lines(401), 'src/a.ts: 401 lines, at most 400'],
    ['a test of 501 lines', 'src/a.test.ts', lines(501), 'src/a.test.ts: 501 lines, at most 500'],
    ['a function of 41 lines', 'src/a.ts', functionOf(41), 'src/a.ts:1 long: 41 lines, at most 40'],
    [
      'a method of 41 lines',
      'src/a.ts',
      `class A {\n  run() {\n${'x()\n'.repeat(39)}}\n}\n`,
      'src/a.ts:2 run: 41 lines, at most 40',
    ],
    [
      'an arrow function of 41 lines',
      'src/a.ts',
      `export const go = () => {\n${'x()\n'.repeat(39)}}\n`,
      'src/a.ts:1 go: 41 lines, at most 40',
    ],
    [
      'four parameters of a function that others call',
      'src/a.ts',
      'export function many(a: 1, b: 2, c: 3, d: 4) {}\n',
      'src/a.ts:1 many: 4 parameters, at most 3',
    ],
    [
      'four parameters of a method that others call',
      'src/a.ts',
      'class A {\n  many(a: 1, b: 2, c: 3, d: 4) {}\n}\n',
      'src/a.ts:2 many: 4 parameters, at most 3',
    ],
    [
      'five parameters of a function that its own file calls',
      'src/a.ts',
      'function many(a: 1, b: 2, c: 3, d: 4, e: 5) {}\n',
      'src/a.ts:1 many: 5 parameters, at most 4',
    ],
  ])('report %s', (_what, path, text, fault) => {
    const spare = Array.from({ length: 30 }, (_, i) => measure(`src/small${i}.ts`, lines(10)))
    expect(judge([...spare, measure(path, text)]).faults).toEqual([fault])
  })

  it('report files that are long on the whole, though none is too long', () => {
    const files = Array.from({ length: 20 }, (_, i) => measure(`src/${i}.ts`, lines(351)))
    expect(judge(files).faults).toEqual([
      'median of source files: 351 lines, at most 100',
      '95th percentile of source files: 351 lines, at most 350',
    ])
  })

  it('report that nothing was read', () => {
    expect(judge([]).faults).toEqual(['no file was read'])
  })

  it('measure a story of a test by its file alone, and what it calls like any function', () => {
    const story = `describe('x', () => {\n  it.each([1])('y', () => {\n${'x()\n'.repeat(60)}  })\n})\n`
    expect(measure('src/a.test.ts', story).functions).toEqual([])
    expect(measure('src/a.test.ts', story.replace('describe', 'describeWithBroker')).functions).toEqual([])
    expect(measure('src/a.ts', story).functions).toHaveLength(2)
    expect(measure('src/a.test.ts', story.replace('describe', 'item')).functions).toHaveLength(1)
    expect(measure('src/a.test.ts', functionOf(50)).functions).toMatchObject([{ name: 'long', lines: 50 }])
  })
})
