/**
 * `npm run budgets`: files and functions stay small enough to be read at one sitting.
 */
import { readFileSync } from 'node:fs'
import { trackedFiles } from '../tracked-files.ts'
import { judge } from './judge.ts'
import { functionLines, sourceLines, testLines } from './limits.ts'
import { measure } from './measure.ts'

const paths = trackedFiles().filter((path) => /[.](ts|tsx|mjs)$/.test(path) && !path.includes('fixtures/'))
const result = judge(paths.map((path) => measure(path, readFileSync(path, 'utf8'))))

const rows: [string, number, number][] = [
  ['source files, median lines', result.median, sourceLines.median],
  ['source files, 95th percentile', result.p95, sourceLines.p95],
  ['source files, longest', result.longestFile, sourceLines.most],
  ['functions, longest', result.longestFunction, functionLines],
]
console.log(
  `budgets: ${result.sources} sources, ${result.tests} tests (≤ ${testLines} lines), ${result.functions} functions`,
)
for (const [what, value, most] of rows) {
  console.log(`  ${what.padEnd(32)}${String(value).padStart(5)}  of ${most}`)
}
for (const fault of result.faults) console.error(fault)
if (result.faults.length > 0) process.exitCode = 1
