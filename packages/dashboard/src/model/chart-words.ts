/**
 * What a chart says, for those who do not see it: a sentence, and a table.
 *
 * Pure; imports `format`, `series`.
 */
import { formatTimeOfDay } from './format.ts'
import type { Sample } from './series.ts'

/** One line of a chart. */
export interface Line {
  readonly label: string
  readonly samples: readonly Sample[]
}

/** How a value of the chart is written. */
export type Write = (value: number | undefined) => string

/** For each line where it is, and between what it moved: `offered is 120, from 80 to 400`. */
export function summaryOf(lines: readonly Line[], write: Write): string {
  const sentences = lines.map(({ label, samples }) => {
    const known = samples.filter((sample) => sample !== null)
    const last = known.at(-1)
    if (last === undefined) return `${label} is not known yet`
    const [least, most] = [Math.min(...known), Math.max(...known)]
    const range = least === most ? 'steady' : `from ${write(least)} to ${write(most)}`
    return `${label} is ${write(last)}, ${range}`
  })
  return `${sentences.join('; ')}.`
}

/** A row of the table: the time, and a value for each line. */
export type TableRow = readonly string[]

/** At most so many rows, evenly spread, the newest first. */
export function tableOf(
  timesMs: readonly number[],
  lines: readonly Line[],
  { write, maxRows }: { readonly write: Write; readonly maxRows: number },
): readonly TableRow[] {
  const step = Math.max(1, Math.ceil(timesMs.length / maxRows))
  const rows: TableRow[] = []
  for (let at = timesMs.length - 1; at >= 0; at -= step) {
    const values = lines.map(({ samples }) => write(samples[at] ?? undefined))
    rows.push([formatTimeOfDay(timesMs[at]!), ...values])
  }
  return rows
}
