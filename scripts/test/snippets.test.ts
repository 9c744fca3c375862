import { describe, expect, it } from 'vitest'
import { snippetFaults, snippetsOf } from '../docs/snippets.ts'
import { root } from '../fresh/make-fresh.mjs'

const page = (...lines: string[]): string => ['# A page', '', '```ts', ...lines, '```', ''].join('\n')

const faults = (...lines: string[]): string[] => snippetFaults(snippetsOf('page.md', page(...lines)), root)

describe('what a reader copies', () => {
  it('compiles, with names that stand for the reader’s own', () => {
    expect(
      faults(
        "import { Channel } from 'spillway'",
        'const channel = new Channel<Order>({ capacity: 3 })',
        'await channel.send(order)',
      ),
    ).toEqual([])
  })

  it.each([
    ['a name that is not exported', ["import { Chanel } from 'spillway'"], /^page\.md:4: .*Chanel/],
    [
      'an option misspelt',
      ["import { Channel } from 'spillway'", 'new Channel({ capcity: 3 })'],
      /^page\.md:5: .*capcity/,
    ],
    [
      'a method that is gone',
      ["import { Channel } from 'spillway'", '', 'new Channel({ capacity: 3 }).push(1)'],
      /^page\.md:6: .*push/,
    ],
    [
      'a sign missing',
      ["import { Channel } from 'spillway'", 'new Channel({ capacity: 3 '],
      /^page\.md:\d+: .*expected/,
    ],
    [
      'an entry point that does not exist',
      ["import { Channel } from 'spillway/nowhere'"],
      /^page\.md:4: .*nowhere/,
    ],
  ])('is reported for %s, with its line in the page', (_what, lines, fault) => {
    expect(faults(...lines)[0]).toMatch(fault)
  })

  it('is looked at only where it imports something of this project', () => {
    expect(snippetsOf('page.md', page('const a: number = "b"'))).toEqual([])
  })
})
