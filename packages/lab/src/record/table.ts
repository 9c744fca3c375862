/**
 * Results as text: a table of goodput by load for a sweep, a line each for the rest.
 */
import type { Result } from './result.ts'

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

/** Goodput over capacity: the median of the seeds, a line for each policy, a column for each case. */
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
  return `## ${set}: goodput over capacity\n\n${markdown([['policy', ...columns], ...lines])}`
}

function cellOf(results: readonly Result[]): string {
  if (results.length === 0) return '-'
  if (results.some(({ live }) => live?.stoppedAtMemoryBound)) return 'stopped at the memory bound'
  const ratio = median(results.map(({ row }) => row.goodputRatio)).toFixed(3)
  const invalid = results.some(({ row }) => !row.valid) ? ' invalid' : ''
  const recoveries = results.flatMap(({ row }) => (row.recoveryMs === null ? [] : [row.recoveryMs]))
  if (recoveries.length === 0) return ratio + invalid
  const slowest = recoveries.includes('never') ? 'never' : `${Math.max(...recoveries.map(Number)) / 1000} s`
  return `${ratio}, recovers ${slowest === 'never' ? 'never' : `in ${slowest}`}${invalid}`
}

/** The middle of the values; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b)
  const half = ordered.length >> 1
  return ordered.length % 2 === 1 ? ordered[half]! : (ordered[half - 1]! + ordered[half]!) / 2
}

/** Rows of cells as a Markdown table, its columns aligned. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(rows[0]!), rule, ...rows.slice(1).map(line), ''].join('\n')
}
