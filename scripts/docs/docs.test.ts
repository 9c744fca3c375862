import { describe, expect, it } from 'vitest'
import { errorTableFaults } from './error-table.ts'
import { floorTableFaults } from './floor-table.ts'
import { anchorsOf, brokenLinks } from './links.ts'

describe('links in Markdown', () => {
  const files = new Map([
    ['README.md', '# The dam\n\n## How it works: a spillway\n\n## Twice\n\n## Twice\n'],
    ['docs/guide/first.md', '# First\n'],
    ['LICENSE', undefined],
  ])

  const inReadme = (text: string): string[] =>
    brokenLinks('README.md', new Map([...files, ['README.md', `${files.get('README.md')}${text}\n`]]))

  it.each([
    '[guide](docs/guide/first.md)',
    '[guide](docs/guide/first.md#first)',
    '[folder](docs/guide)',
    '[licence](LICENSE)',
    '[here](#how-it-works-a-spillway)',
    '[second](#twice-1)',
    '[out](https://example.org/nowhere)',
    '`[code](nowhere.md)`',
    '```md\n[code](nowhere.md)\n```',
  ])('leads somewhere: %s', (text) => {
    expect(inReadme(text)).toEqual([])
  })

  it.each(['nowhere.md', 'docs/guide/first.md#second', '#nowhere', 'LICENSE#first', 'docs/nowhere'])(
    'leads nowhere: %s',
    (link) => {
      expect(inReadme(`see [it](${link})`)).toEqual([`README.md:8: the link "${link}" leads nowhere`])
    },
  )

  it('are followed from the folder of their page', () => {
    const all = new Map([
      ...files,
      ['docs/guide/second.md', '[up](../../README.md) [beside](first.md) [no](README.md)'],
    ])
    expect(brokenLinks('docs/guide/second.md', all)).toEqual([
      'docs/guide/second.md:1: the link "README.md" leads nowhere',
    ])
  })

  it('find headings by the anchors that viewers make', () => {
    expect([...anchorsOf('# A `code` & more\n## Größe\n```\n# no heading\n```\n')]).toEqual([
      'a-code--more',
      'größe',
    ])
  })
})

describe('the table of errors', () => {
  const table = {
    ERR_FULL: { scope: 'server', httpStatus: 503, retryable: true, meaning: 'No room.' },
    ERR_RATE: { scope: 'client', httpStatus: 429, retryable: true, meaning: 'Too fast.' },
  }
  const full = '| `ERR_FULL` | server | 503 | yes | No room. |'
  const rate = '| `ERR_RATE` | client | 429 | yes | Too fast. |'

  it('is right when page and code say the same', () => {
    expect(errorTableFaults(`| code |\n|---|\n${full}\n${rate}\n`, table)).toEqual([])
  })

  it.each([
    ['a code that the page lacks', full, 'ERR_RATE is not documented'],
    [
      'a code that does not exist',
      `${full}\n${rate}\n${rate.replace('RATE', 'GONE')}`,
      'ERR_GONE is documented and does not exist',
    ],
    ['a code given twice', `${full}\n${rate}\n${rate}`, 'ERR_RATE is documented twice'],
    [
      'another status',
      `${full}\n${rate.replace('429', '503')}`,
      'ERR_RATE: the page says httpStatus "503", the code says "429"',
    ],
    [
      'another meaning',
      `${full.replace('No', 'Much')}\n${rate}`,
      'ERR_FULL: the page says meaning "Much room.", the code says "No room."',
    ],
  ])('shows %s', (_what, markdown, fault) => {
    expect(errorTableFaults(markdown, table)).toEqual([fault])
  })
})

describe('the table of floors', () => {
  const floors = [['clock', 'errors'], ['gate']]

  it('is right when every floor has its rooms, in any order', () => {
    expect(
      floorTableFaults('| 1 | `gate` | a contract |\n| 0 | `errors` `clock` | nothing |\n', floors),
    ).toEqual([])
  })

  it.each([
    ['a room that the page lacks', '| 1 | `gate` | |\n| 0 | `clock` | |', /^floor 0: the page says clock, /],
    ['a floor that the page lacks', '| 0 | `clock` `errors` | |', /^floor 1: the page says nothing, /],
    [
      'a floor that does not exist',
      '| 2 | `roof` | |\n| 1 | `gate` | |\n| 0 | `clock` `errors` | |',
      /^floor 2 does not/,
    ],
  ])('shows %s', (_what, markdown, fault) => {
    expect(floorTableFaults(markdown, floors)).toEqual([expect.stringMatching(fault)])
  })
})
