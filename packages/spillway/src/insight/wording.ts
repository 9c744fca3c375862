/**
 * Numbers in sentences.
 *
 * Floor 3: imports nothing.
 */

const TINY = 0.001

/** A number for a reader, in three digits or whole: `1,250`, `16.7`, `0.35`; `unbounded` when it isn't finite. */
export function say(value: number): string {
  if (!Number.isFinite(value)) return 'unbounded'
  const size = Math.abs(value)
  if (size > 0 && size < TINY) return `<${TINY}`
  const rounded = size >= 100 ? Math.round(value) : Number(value.toPrecision(3))
  const [whole = '', fraction] = String(rounded).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** A share in percent: `16.7 %`. */
export function sayShare(share: number): string {
  return `${say(100 * share)} %`
}

/** A duration: `40 ms`, `12.5 s`. */
export function sayMs(ms: number): string {
  return ms >= 10_000 ? `${say(ms / 1000)} s` : `${say(ms)} ms`
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** A size in decimal units: `40 MB`. */
export function sayBytes(bytes: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  return `${say(bytes / 1000 ** power)} ${BYTE_UNITS[power]}`
}
