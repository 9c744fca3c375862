/**
 * `npm test`: installs and builds what is stale, then runs every test,
 * with real sockets, real processes and the packed library among them.
 *
 * A skipped test is named, and fails the run where `CI=true`. So does a run
 * of no test at all. Arguments go to vitest: `npm test -- channel`.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFresh, root } from './fresh/make-fresh.mjs'
import { readTestReport, verdict } from './test-report.mjs'

makeFresh()
const reportPath = join(root, '.cache', 'test-report.json')
mkdirSync(join(root, '.cache'), { recursive: true })
rmSync(reportPath, { force: true })

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
const { status } = spawnSync(process.execPath, [vitest, ...args, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})

const { exitCode, lines } = verdict(readTestReport(reportPath), status ?? 1, process.env['CI'] === 'true')
for (const line of lines) console.log(line)
process.exitCode = exitCode
