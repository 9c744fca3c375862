/**
 * What a live command says of its runs: a table, what became of each promise, and why a run does not count.
 *
 * Pure.
 */
import type { Result } from '../record/result.ts'
import { markdown } from '../record/table.ts'
import { budgetsOf } from '../report/budgets.ts'
import { bytes } from '../report/size-words.ts'

/** Everything, to be printed. */
export function liveWords(results: readonly Result[]): string {
  return [liveTable(results), promiseTable(results), ...faultLines(results)].join('\n')
}

/** What was measured; of a run that doesn't count nothing is reported but that. */
function liveTable(results: readonly Result[]): string {
  return markdown([HEAD, ...results.map(rowOf)])
}

const HEAD = [
  'policy',
  'load',
  'goodput',
  'sim',
  'ceiling',
  'p99',
  'refused p99',
  'inside',
  'memory',
  'slope/min',
  'loop delay p99',
  'run',
]

function rowOf(result: Result): readonly string[] {
  const { row, live } = result
  const start = [row.policy, `${row.times}x`]
  if (live?.stoppedAtMemoryBound) {
    return [
      ...start,
      ...Array.from({ length: 5 }, () => '-'),
      ...growthOf(result),
      'stopped at the memory bound',
    ]
  }
  if (!row.valid) return [...start, ...Array.from({ length: 9 }, () => '-'), 'invalid']
  return [
    ...start,
    row.goodputRatio.toFixed(2),
    live?.simGoodputRatio?.toFixed(2) ?? '-',
    row.ceiling.toFixed(2),
    ms(row.p99Ms),
    ms(row.refusedP99Ms),
    ...growthOf(result),
    'valid',
  ]
}

function growthOf({ row, live }: Result): readonly string[] {
  return [
    String(row.insideMax),
    bytes(row.memoryMaxBytes),
    bytes(Math.max(0, row.memorySlopeBytesPerMinute)),
    ms(live?.eventLoopDelayP99Ms ?? null),
  ]
}

function ms(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(0)} ms`
}

/** What is promised of Spillway's policies, and whether these runs show it held. */
function promiseTable(results: readonly Result[]): string {
  const rows = results
    .flatMap(budgetsOf)
    .map(({ policy, times, promise, measured, verdict }) => [policy, `${times}x`, promise, measured, verdict])
  return rows.length === 0 ? '' : markdown([['policy', 'load', 'promise', 'measured', ''], ...rows])
}

function faultLines(results: readonly Result[]): readonly string[] {
  return results.flatMap(({ row, live }) =>
    (live?.faults ?? []).map((fault) => `${row.policy} at ${row.times}x does not count: ${fault}`),
  )
}
