/**
 * What a run of the tests comes to: skipped tests are named, never passed over.
 */
import { readFileSync } from 'node:fs'

/**
 * @typedef {{ passed: number, failed: number, skipped: string[] }} TestReport
 * @typedef {{ status: string, fullName: string }} Assertion
 */

/**
 * Reads the JSON report of vitest.
 *
 * @param {string} path
 * @returns {TestReport} all zero when there is no report
 */
export function readTestReport(path) {
  /** @type {TestReport} */
  const report = { passed: 0, failed: 0, skipped: [] }
  for (const file of readFiles(path)) {
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') report.passed++
      else if (status === 'failed') report.failed++
      else report.skipped.push(`${file.name.split('/').at(-1)}: ${fullName}`)
    }
  }
  return report
}

/**
 * The closing lines of a run, and its exit code.
 *
 * @param {TestReport} report
 * @param {number} status - the exit code of vitest; it also tells of a file that could not be loaded
 * @param {boolean} strict - whether a skipped test fails the run
 * @returns {{ exitCode: number, lines: string[] }}
 */
export function verdict({ passed, failed, skipped }, status, strict) {
  const lines = skipped.map((name) => `SKIPPED  ${name}`)
  const ranNone = passed + failed === 0
  if (ranNone) lines.push('FAILED   no test ran')
  if (strict && skipped.length > 0)
    lines.push(`FAILED   ${skipped.length} skipped: where CI=true every test must run`)
  const more = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
  lines.push(`${passed} passed, ${failed} failed${more}`)
  const exitCode = status !== 0 ? status : ranNone || (strict && skipped.length > 0) ? 1 : 0
  return { exitCode, lines }
}

/**
 * @param {string} path
 * @returns {{ name: string, assertionResults: Assertion[] }[]}
 */
function readFiles(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults
  } catch {
    return []
  }
}
