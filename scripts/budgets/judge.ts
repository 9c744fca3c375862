/**
 * Compares measured files with the limits.
 */
import * as limits from './limits.ts'
import type { FileSize, FunctionSize } from './measure.ts'

/** The sizes of a set of source files, and what exceeds its limit. */
export interface Judgement {
  readonly sources: number
  readonly tests: number
  readonly functions: number
  readonly median: number
  readonly p95: number
  readonly longestFile: number
  readonly longestFunction: number
  /** One line for each excess. */
  readonly faults: readonly string[]
}

/** Judges the files of one tree. */
export function judge(files: readonly FileSize[]): Judgement {
  const sources = files.filter((file) => !file.isTest)
  const lines = sources.map((file) => file.lines).sort((a, b) => a - b)
  const functions = files.flatMap((file) => file.functions)
  const median = percentile(lines, 0.5)
  const p95 = percentile(lines, 0.95)
  return {
    sources: sources.length,
    tests: files.length - sources.length,
    functions: functions.length,
    median,
    p95,
    longestFile: lines.at(-1) ?? 0,
    longestFunction: Math.max(0, ...functions.map((f) => f.lines)),
    faults: [
      ...(files.length === 0 ? ['no file was read'] : []),
      ...excess('median of source files', median, limits.sourceLines.median),
      ...excess('95th percentile of source files', p95, limits.sourceLines.p95),
      ...files.flatMap(faultsOfFile),
    ],
  }
}

function faultsOfFile(file: FileSize): string[] {
  const most = file.isTest ? limits.testLines : limits.sourceLines.most
  return [
    ...excess(file.path, file.lines, most),
    ...file.functions.flatMap((each) => faultsOfFunction(file, each)),
  ]
}

function faultsOfFunction(file: FileSize, { name, line, lines, parameters, isOpen }: FunctionSize): string[] {
  const where = `${file.path}:${line} ${name}`
  const most = isOpen ? limits.parameters.open : limits.parameters.closed
  const tooMany = parameters > most && !Object.hasOwn(limits.moreParameters, name)
  return [
    ...excess(where, lines, limits.functionLines),
    ...(tooMany ? [`${where}: ${parameters} parameters, at most ${most}`] : []),
  ]
}

function excess(what: string, lines: number, most: number): string[] {
  return lines > most ? [`${what}: ${lines} lines, at most ${most}`] : []
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
