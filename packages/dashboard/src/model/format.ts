/**
 * Numbers, durations and times in words that fit a narrow column.
 *
 * Rounded so that a reader can compare, never so that something becomes
 * nothing: what is above 0 is not shown as 0. Digits are grouped by a thin
 * space, as ISO 80000 has it, so that no reader takes a comma for a point.
 *
 * Pure; imports nothing.
 */

/** What is shown where there is no number. */
export const NOTHING = '–'

const THIN_SPACE = '\u202f'

/** A count in full: `1 234 567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE)
}

const PREFIXES = [
  { from: 1e9, letter: 'G' },
  { from: 1e6, letter: 'M' },
  { from: 1e4, letter: 'k' },
] as const

/** A count in at most five characters or so: `950`, `1 234`, `12.3k`, `4.50M`. */
export function formatShortCount(count: number): string {
  for (const { from, letter } of PREFIXES) {
    // What would be rounded up to the next prefix takes it.
    if (count >= from * 0.9995) return `${threeDigits(count / (letter === 'k' ? 1e3 : from))}${letter}`
  }
  return formatCount(count)
}

/** Events a second, with a digit behind the point where it matters: `0.4`, `12`, `1 250`; `–` when unknown. */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return NOTHING
  if (perSecond === 0) return '0'
  if (perSecond < 0.05) return '<0.1'
  if (perSecond < 9.95) return perSecond.toFixed(1).replace(/[.]0$/, '')
  return formatShortCount(perSecond)
}

/** A duration in its largest sensible unit: `0.4 ms`, `85 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined) return NOTHING
  if (ms === 0) return '0 ms'
  if (ms < 0.1) return '<0.1 ms'
  if (ms < 9.95) return `${ms.toFixed(1).replace(/[.]0$/, '')} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1).replace(/[.]0$/, '')} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  return inTwoUnits(Math.round(seconds))
}

/** Bytes with a binary prefix: `512 B`, `1.5 KiB`, `24 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? String(Math.round(value)) : threeDigits(value)} ${units[unit]}`
}

/** A share of 1 in per cent: `0 %`, `<1 %`, `42 %`, `>99 %`, `100 %`. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %'
  if (share < 1 && share > 0.99) return '>99 %'
  return `${Math.round(share * 100)} %`
}

/** The time of day where the reader is: `14:03:07`. */
export function formatTimeOfDay(atMs: number): string {
  const time = new Date(atMs)
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':')
}

/** Day and time where the reader is: `2026-11-24 14:03:07`. */
export function formatDateTime(atMs: number): string {
  const time = new Date(atMs)
  const day = [time.getFullYear(), twoDigits(time.getMonth() + 1), twoDigits(time.getDate())].join('-')
  return `${day} ${formatTimeOfDay(atMs)}`
}

function inTwoUnits(seconds: number): string {
  const units = [
    { name: 'd', seconds: 86_400 },
    { name: 'h', seconds: 3600 },
    { name: 'min', seconds: 60 },
    { name: 's', seconds: 1 },
  ] as const
  const first = units.findIndex((unit) => seconds >= unit.seconds)
  const large = units[first] ?? units[3]
  const small = units[first + 1]
  const whole = Math.floor(seconds / large.seconds)
  const rest = small ? Math.floor((seconds % large.seconds) / small.seconds) : 0
  return rest > 0 && small ? `${whole} ${large.name} ${rest} ${small.name}` : `${whole} ${large.name}`
}

function threeDigits(value: number): string {
  if (value >= 99.95) return String(Math.round(value))
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2)
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
