/**
 * Results as text: tables of goodput that a terminal of a hundred columns shows whole.
 */
import type { Result } from './result.ts'

/** What terminals, and the report's page, show without a break. */
const WIDEST = 100

/** The tables of all sets in the results. */
export function tablesOf(results: readonly Result[]): string {
  const sets = [...new Set(results.map(({ row }) => row.set))]
  return sets
    .map((set) =>
      tableOf(
        set,
        results.filter(({ row }) => row.set === set),
      ),
    )
    .join('\n')
}

/**
 * Goodput over capacity: the median of the seeds, a line for each policy, a column for each case. Behind it, where a
 * trigger was to be recovered from, the time that took, of the slowest seed.
 */
export function tableOf(set: string, results: readonly Result[]): string {
  const loads = new Set(results.map(({ row }) => row.times)).size
  const isSweep = loads > 2 && loads === new Set(results.map(({ row }) => row.scenario)).size
  const columnOf = ({ row }: Result): string => (isSweep ? `${row.times}x` : row.scenario)
  const columns = [...new Set(results.map(columnOf))]
  const policies = [...new Set(results.map(({ row }) => row.policy))]
  const lines = policies.map((policy) => {
    const cells = columns.map((column) =>
      cellOf(results.filter((result) => result.row.policy === policy && columnOf(result) === column)),
    )
    return [policy, ...cells]
  })
  const recovery = results.some(({ row }) => row.recoveryMs !== null) ? ', time to recover' : ''
  return `## ${set}: goodput over capacity${recovery}\n\n${fitted(columns, lines)}`
}

/**
 * A table as wide as `WIDEST` at most: columns of long names get letters that are explained above, and if
 * that is not enough, the cells no air around them.
 */
function fitted(columns: readonly string[], lines: readonly (readonly string[])[]): string {
  const named = [['policy', ...columns], ...lines]
  if (widthOf(named) <= WIDEST) return markdown(named)
  if (columns.every((column) => column.length <= 5)) return markdown(named, '')
  const letters = columns.map((_, index) => String.fromCharCode(97 + index))
  const key = columns.map((column, index) => `- ${letters[index]}: ${column}`).join('\n')
  const lettered = [['policy', ...letters], ...lines]
  return `${key}\n\n${markdown(lettered, widthOf(lettered) <= WIDEST ? ' ' : '')}`
}

function cellOf(results: readonly Result[]): string {
  if (results.length === 0) return '-'
  if (results.some(({ live }) => live?.stoppedAtMemoryBound)) return 'stopped at the memory bound'
  const ratio = median(results.map(({ row }) => row.goodputRatio)).toFixed(3)
  const invalid = results.some(({ row }) => !row.valid) ? ' invalid' : ''
  const recoveries = results.flatMap(({ row }) => (row.recoveryMs === null ? [] : [row.recoveryMs]))
  if (recoveries.length === 0) return ratio + invalid
  const slowest = recoveries.includes('never') ? 'never' : `${Math.max(...recoveries.map(Number)) / 1000} s`
  return `${ratio}, ${slowest}${invalid}`
}

/** The middle of the values; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b)
  const half = ordered.length >> 1
  return ordered.length % 2 === 1 ? ordered[half]! : (ordered[half - 1]! + ordered[half]!) / 2
}

/** Rows of cells as a Markdown table, its columns aligned, with `air` around each cell. */
export function markdown(rows: readonly (readonly string[])[], air = ' '): string {
  const widths = widthsOf(rows)
  const line = (cells: readonly string[], fill = ' '): string =>
    `|${cells.map((cell, column) => air + cell.padEnd(widths[column]!, fill) + air).join('|')}|`
  const rule = line(
    widths.map(() => ''),
    '-',
  )
  return [line(rows[0]!), rule, ...rows.slice(1).map((cells) => line(cells)), ''].join('\n')
}

function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  return rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)))
}

/** How wide a table with air around its cells is. */
function widthOf(rows: readonly (readonly string[])[]): number {
  return widthsOf(rows).reduce((sum, width) => sum + width + 3, 1)
}
