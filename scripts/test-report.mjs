/**
 * What a run of the tests comes to: tests that failed, were skipped or passed only at the second try are named, never
 * passed over.
 */
import { readFileSync } from 'node:fs'

/**
 * @typedef {{ passed: number, failures: string[], secondTries: string[], skipped: string[] }} TestReport
 * @typedef {{ status: string, fullName: string, failureMessages?: string[] }} Assertion
 */

/**
 * Reads the JSON report of vitest.
 *
 * @param {string} path
 * @returns {TestReport} empty when there is no report
 */
export function readTestReport(path) {
  /** @type {TestReport} */
  const report = { passed: 0, failures: [], secondTries: [], skipped: [] }
  for (const file of readFiles(path)) for (const test of file.assertionResults) add(report, file.name, test)
  return report
}

/**
 * @param {TestReport} report
 * @param {string} file
 * @param {Assertion} test
 */
function add(report, file, { status, fullName, failureMessages = [] }) {
  const name = `${file.split('/').at(-1)}: ${fullName}`
  const why = failureMessages.length === 0 ? name : `${name}: ${failureMessages[0]?.split('\n')[0]}`
  if (status === 'failed') report.failures.push(why)
  else if (status !== 'passed') report.skipped.push(name)
  else report.passed++
  // A passed test keeps the errors of its first try.
  if (status === 'passed' && failureMessages.length > 0) report.secondTries.push(why)
}

/**
 * The closing lines of a run, and its exit code.
 *
 * @param {TestReport} report
 * @param {number} status - the exit code of vitest; it also tells of a file that could not be loaded
 * @param {boolean} strict - whether a skipped test fails the run
 * @returns {{ exitCode: number, lines: string[] }}
 */
export function verdict({ passed, failures, secondTries, skipped }, status, strict) {
  const lines = skipped.map((name) => `SKIPPED  ${name}`)
  lines.push(...secondTries.map((name) => `RETRIED  ${name}`), ...failures.map((name) => `FAILED   ${name}`))
  const ranNone = passed + failures.length === 0
  if (ranNone) lines.push('FAILED   no test ran')
  if (strict && skipped.length > 0)
    lines.push(`FAILED   ${skipped.length} skipped: where CI=true every test must run`)
  const more = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
  lines.push(`${passed} passed, ${failures.length} failed${more}`)
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
