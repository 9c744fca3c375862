/**
 * Quantities as an operator reads them.
 *
 * Pure; imports nothing.
 */

const BYTE_UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes to two digits or more, as `4.3 GiB`. */
export function bytesInWords(bytes: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const count = bytes / 1024 ** power
  return `${count < 10 && power > 0 ? count.toFixed(1) : Math.round(count)} ${BYTE_UNITS[power]}`
}

/** Milliseconds in the unit that suits them, as `250 ms`, `12 s`, `2.5 h`. */
export function msInWords(ms: number): string {
  if (ms < 1000) return `${numberInWords(ms)} ms`
  if (ms < 120_000) return `${numberInWords(ms / 1000)} s`
  return ms < 7_200_000 ? `${numberInWords(ms / 60_000)} min` : `${numberInWords(ms / 3_600_000)} h`
}

/** A number with its thousands apart, and at most one digit behind the point. */
export function numberInWords(value: number): string {
  return value.toLocaleString('en-GB', { maximumFractionDigits: value < 100 ? 1 : 0 })
}
