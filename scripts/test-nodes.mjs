/**
 * `npm run test:nodes`: the whole suite on each supported line of Node.
 *
 * npx brings each line as the npm package `node`, beside the one that is
 * installed. Arguments go to vitest: `npm run test:nodes -- channel`.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { makeFresh, root } from './fresh/make-fresh.mjs'

const lines = ['20', '22', '24']

makeFresh()
const vitest = join('node_modules', 'vitest', 'vitest.mjs')
const results = lines.map((line) => {
  const node = ['--yes', `--package=node@${line}`, '--', 'node']
  const version = spawnSync('npx', [...node, '--version'], { cwd: root, encoding: 'utf8' }).stdout?.trim()
  const startedMs = performance.now()
  const { status } = spawnSync('npx', [...node, vitest, 'run', ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  return {
    line,
    version: version || 'could not be installed',
    seconds,
    passed: Boolean(version) && status === 0,
  }
})

for (const { line, version, seconds, passed } of results) {
  console.log(`Node ${line}: ${passed ? 'passed' : 'FAILED'} (${version}, ${seconds} s)`)
}
if (results.some((result) => !result.passed)) process.exitCode = 1
