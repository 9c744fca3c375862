import { describe, expect, it } from 'vitest'
import { summaryOf, tableOf } from './chart-words.ts'
import { formatRate } from './format.ts'

const lines = [
  { label: 'offered', samples: [null, 80, 400, 120] },
  { label: 'refused', samples: [null, 0, 0, 0] },
  { label: 'delivered', samples: [null, null] },
]

describe('a chart in words', () => {
  it('says where each line is and between what it moved', () => {
    expect(summaryOf(lines, formatRate)).toBe(
      'offered is 120, from 80 to 400; refused is 0, steady; delivered is not known yet.',
    )
  })

  it('is a table of a few rows, the newest first, with a dash where nothing is known', () => {
    const times = [0, 1, 2, 3].map((hour) => new Date(2026, 0, 1, hour).getTime())
    expect(tableOf(times, lines.slice(0, 2), { write: formatRate, maxRows: 2 })).toEqual([
      ['03:00:00', '120', '0'],
      ['01:00:00', '80', '0'],
    ])
    expect(tableOf(times, lines, { write: formatRate, maxRows: 9 }).at(-1)).toEqual([
      '00:00:00',
      '–',
      '–',
      '–',
    ])
  })
})
