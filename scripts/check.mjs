/**
 * `npm run check`: what must hold before a change is shown to anyone, in
 * under a minute. The steps are npm scripts; it stops at the first that fails.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { makeInstalled, root } from './fresh/make-fresh.mjs'

const steps = [
  'format:check',
  'typecheck',
  'boundaries',
  'budgets',
  'words:check',
  'test:unit',
  'docs:check',
  'api:check',
]

makeInstalled()
/** @type {{ scripts: Record<string, string> }} */
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
const startedMs = performance.now()

for (const step of steps) {
  const stepStartedMs = performance.now()
  // Run as npm would, without the third of a second that npm takes to start.
  const { status } = spawnSync(scripts[step] ?? `echo no script ${step} && exit 1`, {
    cwd: root,
    stdio: 'inherit',
    shell: true,
    env: { ...process.env, PATH: path },
  })
  const seconds = ((performance.now() - stepStartedMs) / 1000).toFixed(1)
  if (status !== 0) {
    console.error(`\ncheck: FAILED at ${step} after ${seconds} s; run it alone with: npm run ${step}`)
    process.exit(1)
  }
  console.log(`check: ${step.padEnd(14)} ${seconds.padStart(5)} s`)
}
console.log(
  `check: all ${steps.length} steps passed in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
)
