/**
 * Measured service times: what the size of a queue needs of them.
 */
import { sorted } from '../record/quantiles.ts'

/** What a file of service times says. */
export interface MeasuredService {
  readonly count: number
  readonly meanMs: number
  readonly p99Ms: number
  /** The squared coefficient of variation. */
  readonly scv: number
}

/** Fewer say nothing about one request in a hundred. */
const FEWEST = 100

/**
 * Reads milliseconds, one a line, or the last column of a CSV; `#` begins a comment.
 *
 * @throws Error naming the first line that is no number, or that says that there are too few
 */
export function readServiceTimes(fileName: string, text: string): MeasuredService {
  const times: number[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.replace(/#.*/, '').trim()
    if (words === '') continue
    const ms = Number(words.split(',').at(-1))
    const isHead = times.length === 0 && Number.isNaN(ms) && /^[a-z_, ]+$/i.test(words)
    if (isHead) continue
    if (!Number.isFinite(ms) || ms < 0) {
      throw new Error(
        `${fileName}:${index + 1}: "${words.slice(0, 60)}" is no service time; each line holds milliseconds of at least 0`,
      )
    }
    times.push(ms)
  }
  if (times.length < FEWEST) {
    throw new Error(
      `${fileName} holds ${times.length} service times; at least ${FEWEST} are needed to speak of one in a hundred`,
    )
  }
  return describe(times)
}

function describe(times: readonly number[]): MeasuredService {
  const count = times.length
  const meanMs = times.reduce((sum, ms) => sum + ms, 0) / count
  if (meanMs === 0) throw new Error('every service time is 0: nothing takes any time, so no queue is needed')
  const variance = times.reduce((sum, ms) => sum + (ms - meanMs) ** 2, 0) / count
  const ordered = sorted(times)
  return { count, meanMs, p99Ms: ordered[Math.floor(0.99 * count)]!, scv: variance / meanMs ** 2 }
}
