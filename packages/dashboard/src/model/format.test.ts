import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatDuration,
  formatRate,
  formatShare,
  formatShortCount,
} from './format.ts'

/** Ordinary spaces, so that a table can be read. */
const plain = (text: string): string => text.replaceAll('\u202f', ' ')

describe('a number is shown', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1 000'],
    [1_234_567, '1 234 567'],
  ])('in full: %d as %s', (count, shown) => {
    expect(plain(formatCount(count))).toBe(shown)
  })

  it.each([
    [950, '950'],
    [9994, '9 994'],
    [9999, '10.0k'],
    [12_340, '12.3k'],
    [999_400, '999k'],
    [999_600, '1.00M'],
    [4_500_000, '4.50M'],
    [2e9, '2.00G'],
  ])('short: %d as %s', (count, shown) => {
    expect(plain(formatShortCount(count))).toBe(shown)
  })

  it.each([
    [undefined, '–'],
    [0, '0'],
    [0.01, '<0.1'],
    [0.42, '0.4'],
    [9.96, '10'],
    [3, '3'],
    [1250, '1 250'],
  ])('as a rate: %s as %s', (rate, shown) => {
    expect(plain(formatRate(rate))).toBe(shown)
  })

  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1023.9, '1.00 KiB'],
    [1536, '1.50 KiB'],
    [25 * 2 ** 20, '25.0 MiB'],
    [2 ** 50, '1024 TiB'],
  ])('as bytes: %d as %s', (bytes, shown) => {
    expect(formatBytes(bytes)).toBe(shown)
  })

  it.each([
    [0, '0 %'],
    [0.001, '<1 %'],
    [0.42, '42 %'],
    [0.999, '>99 %'],
    [1, '100 %'],
  ])('as a share: %d as %s', (share, shown) => {
    expect(formatShare(share)).toBe(shown)
  })
})

describe('a duration is shown in its largest sensible unit', () => {
  it.each([
    [undefined, '–'],
    [0, '0 ms'],
    [0.04, '<0.1 ms'],
    [0.42, '0.4 ms'],
    [9.96, '10 ms'],
    [85.4, '85 ms'],
    [999.7, '1 s'],
    [1240, '1.2 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [356_400_000, '4 d 3 h'],
    [86_400_000, '1 d'],
  ])('%s as %s', (ms, shown) => {
    expect(formatDuration(ms)).toBe(shown)
  })
})

it('shows no number above 0 as nothing, and none with a broken digit', () => {
  fc.assert(
    fc.property(fc.double({ min: Number.MIN_VALUE, max: 1e15, noNaN: true }), (value) => {
      for (const shown of [formatRate(value), formatDuration(value), formatShare(Math.min(1, value))]) {
        expect(shown).not.toMatch(/^0([ .]|$)(?![.]?[1-9])|NaN|undefined|e[+-]/)
      }
    }),
  )
})

it('shows a day and a time that can be sorted', () => {
  expect(formatDateTime(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe('2026-01-02 03:04:05')
})
