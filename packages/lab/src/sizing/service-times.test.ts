import { describe, expect, it } from 'vitest'
import { adviceOn } from './advise.ts'
import { readServiceTimes } from './service-times.ts'

describe('readServiceTimes', () => {
  it('takes the last column, and leaves heads and comments', () => {
    const text = `id,ms\n# a comment\n${Array.from({ length: 200 }, (_, i) => `${i},${i + 1}`).join('\n')}\n`
    expect(readServiceTimes('t.csv', text)).toMatchObject({ count: 200, meanMs: 100.5, p99Ms: 199 })
  })

  it.each<[string, string, string]>([
    ['a line that is no number', '5\nsix\n', 't.txt:2: "six" is no service time'],
    ['a negative time', '5\n-6\n', 't.txt:2: "-6" is no service time'],
    ['too few', '5\n', 'holds 1 service times; at least 100 are needed'],
    ['an empty file', '', 'holds 0 service times'],
  ])('refuses %s', (_what, text, sentence) => {
    expect(() => readServiceTimes('t.txt', text)).toThrow(sentence)
  })
})

describe('adviceOn', () => {
  it('says what no buffer can fix', () => {
    const text = adviceOn({
      serviceRatePerSecond: 800,
      serviceP99Ms: 92,
      deadlineMs: 5000,
      arrivalRatePerSecond: 960,
    }).join('\n')
    expect(text).toContain('Capacity: 38')
    expect(text).toContain('16.7 % is lost with any queue')
    expect(text).toContain('A consumer that slows')
  })
})
