import { expect, it } from 'vitest'
import { say, sayBytes, sayMs, sayShare } from './wording.ts'

it.each([
  [0, '0'],
  [0.00001, '<0.001'],
  [0.8, '0.8'],
  [16.666, '16.7'],
  [107.5, '108'],
  [999.6, '1,000'],
  [1_234_567.8, '1,234,568'],
  [1e20, '100,000,000,000,000,000,000'],
  [Infinity, 'unbounded'],
])('says %d as %s', (value, words) => {
  expect(say(value)).toBe(words)
})

it('says durations, shares and sizes with their unit', () => {
  expect([
    sayMs(40),
    sayMs(2500),
    sayMs(12_500),
    sayShare(1 / 6),
    sayBytes(40e6),
    sayBytes(0),
    sayBytes(5e16),
  ]).toEqual(['40 ms', '2,500 ms', '12.5 s', '16.7 %', '40 MB', '0 B', '50,000 TB'])
})
