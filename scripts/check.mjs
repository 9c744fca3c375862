/**
 * `npm run check`: what must hold before a change is shown to anyone, in
 * under a minute. The steps are npm scripts; it stops at the first that fails.
 *
 * Steps that need one core only run in two lanes, side by side, about equally long. With `--static` no test is run:
 * `npm test` runs them all.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { makeInstalled, root } from './fresh/make-fresh.mjs'

/** Stages, one after the other; each has lanes, side by side; each has steps, one after the other. */
const stages = [
  [
    ['format:check', 'boundaries'],
    ['typecheck', 'api:check', 'budgets', 'words:check', 'docs:check'],
  ],
  [['test:unit']],
]

makeInstalled()
/** @type {{ scripts: Record<string, string> }} */
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
const startedMs = performance.now()
/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

const wanted = process.argv.includes('--static') ? stages.slice(0, 1) : stages
for (const lanes of wanted) await Promise.all(lanes.map(runLane))
const steps = wanted.flat(2).length
console.log(`check: all ${steps} steps passed in ${secondsSince(startedMs)} s`)

/** @param {readonly string[]} lane */
async function runLane(lane) {
  for (const step of lane) await runStep(step)
}

/**
 * Runs one npm script as npm would, without the third of a second that npm takes to start. Ends the process when it
 * fails.
 *
 * @param {string} step
 * @returns {Promise<void>}
 */
function runStep(step) {
  const stepStartedMs = performance.now()
  const command = scripts[step] ?? `echo there is no script ${step} && exit 1`
  const child = spawn(command, { cwd: root, shell: true, env: { ...process.env, PATH: path } })
  running.add(child)
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  return new Promise((resolve) => {
    child.on('close', (status) => {
      running.delete(child)
      process.stdout.write(output)
      if (status !== 0) fail(step, stepStartedMs)
      console.log(`check: ${step.padEnd(14)} ${secondsSince(stepStartedMs).padStart(5)} s`)
      resolve()
    })
  })
}

/**
 * @param {string} step
 * @param {number} stepStartedMs
 */
function fail(step, stepStartedMs) {
  for (const child of running) child.kill()
  const seconds = secondsSince(stepStartedMs)
  console.error(`\ncheck: FAILED at ${step} after ${seconds} s; run it alone with: npm run ${step}`)
  process.exit(1)
}

/** @param {number} sinceMs */
function secondsSince(sinceMs) {
  return ((performance.now() - sinceMs) / 1000).toFixed(1)
}
