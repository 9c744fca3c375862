/**
 * Numbers for a person: three digits that mean something, and the spread.
 */
import type { Summary } from './statistics.ts'

/** Three significant digits, no exponent, thousands apart. */
export function digits(value: number): string {
  if (value === 0) return '0'
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en-GB', {
    minimumFractionDigits: 0,
    maximumFractionDigits: Math.min(places, 3),
  })
}

/** The median, and the quartiles in brackets when there are several rounds. */
export function withSpread({ median, low, high, count }: Summary): string {
  return count === 1 ? digits(median) : `${digits(median)} (${digits(low)}–${digits(high)})`
}
