/**
 * Numbers for a person: three digits that mean something, and the spread.
 */
import type { Summary } from './statistics.ts'

/** Three significant digits, two below 0.1; no exponent, thousands apart. */
export function digits(value: number): string {
  const size = Math.abs(value)
  if (size < 0.1) return value.toLocaleString('en-GB', { maximumSignificantDigits: 2 })
  const places = Math.max(0, 2 - Math.floor(Math.log10(size)))
  return value.toLocaleString('en-GB', { maximumFractionDigits: Math.min(places, 3) })
}

/** The median, and the quartiles in brackets when there are several rounds. */
export function withSpread({ median, low, high, count }: Summary): string {
  return count === 1 ? digits(median) : `${digits(median)} (${digits(low)}–${digits(high)})`
}
