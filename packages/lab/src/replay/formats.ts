/**
 * The formats of a trace, each a parser of one line.
 */

import type { Gathering } from './trace.ts'

/** What a line says: so many requests at a time; `undefined` when it says nothing. */
export type LineParser = (line: string) => { readonly atMs: number; readonly count: number } | undefined

/** A format that was recognised. */
export interface TraceFormat extends Gathering {
  readonly name: string
  /** Whether the first line is a head. */
  readonly hasHead: boolean
  readonly parse: LineParser
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `[17/May/2015:10:05:03 +0000]`, the time of the common log format. */
const COMMON = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\]/

/** The names under which JSON lines keep a time, in the order in which they are looked for. */
const TIME_KEYS = [
  'time',
  'timestamp',
  '@timestamp',
  'ts',
  'time_iso8601',
  'msec',
  'date',
  'StartUTC',
  'time_local',
]

/** The format of a trace by its first line that is not empty; `undefined` when it is foreign. */
export function formatOf(line: string): TraceFormat | undefined {
  if (parseJson(line))
    return { name: 'JSON lines', binMs: 1000, mostBackMs: 60_000, hasHead: false, parse: parseJson }
  if (parseCommon(line)) {
    return { name: 'access log', binMs: 1000, mostBackMs: 60_000, hasHead: false, parse: parseCommon }
  }
  const isHead = /^[\w "]+[,;\t][\w "]+$/.test(line) && parseCount(line) === undefined
  if (isHead || parseCount(line)) {
    return { name: 'counts', binMs: undefined, mostBackMs: 0, hasHead: isHead, parse: parseCount }
  }
  return undefined
}

function parseCommon(line: string): ReturnType<LineParser> {
  const found = COMMON.exec(line)
  if (!found) return undefined
  const [, day, month, year, hours, minutes, seconds, sign, zoneHours, zoneMinutes] = found
  const monthIndex = MONTHS.indexOf(month!)
  if (monthIndex < 0) return undefined
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000 * (sign === '-' ? -1 : 1)
  const atMs = Date.UTC(
    Number(year),
    monthIndex,
    Number(day),
    Number(hours),
    Number(minutes),
    Number(seconds),
  )
  return { atMs: atMs - zone, count: 1 }
}

function parseJson(line: string): ReturnType<LineParser> {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return undefined
    for (const key of TIME_KEYS) {
      const atMs = timeOf(Reflect.get(value, key))
      if (atMs !== undefined) return { atMs, count: 1 }
    }
  } catch {
    return undefined
  }
  return undefined
}

function parseCount(line: string): ReturnType<LineParser> {
  const [when, count, ...rest] = line.split(/[,;\t]/).map((cell) => cell.replaceAll('"', '').trim())
  if (when === undefined || count === undefined || rest.length > 0 || count === '') return undefined
  const atMs = timeOf(when)
  const number = Number(count)
  if (atMs === undefined || !Number.isFinite(number) || number < 0) return undefined
  return { atMs, count: number }
}

/** Seconds or milliseconds since 1970, or a date; without a zone it is UTC. */
function timeOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)
        ? Number(value)
        : undefined
  if (number !== undefined) return number > 1e11 ? number : number * 1000
  if (typeof value !== 'string') return undefined
  const common = parseCommon(value.startsWith('[') ? value : `[${value}]`)
  if (common) return common.atMs
  if (!/^\d{4}-\d\d-\d\d/.test(value)) return undefined
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(value)
  const atMs = Date.parse(hasZone ? value : `${value.replace(' ', 'T')}${value.length > 10 ? 'Z' : ''}`)
  return Number.isNaN(atMs) ? undefined : atMs
}
