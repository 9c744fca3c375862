/**
 * `npm run test:kill -- --rounds 1000 --seed 7`: the long form of the kill
 * test: a gateway under load is killed again and again, and every event that
 * it acknowledged must arrive.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeFresh, root } from './fresh/make-fresh.mjs'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1000' }, seed: { type: 'string' } },
})
for (const [option, text] of Object.entries(values)) {
  if (/^[1-9]\d*$/.test(text)) continue
  console.error(`--${option} must be an integer of at least 1, got "${text}"`)
  process.exit(2)
}

makeFresh()
const seed = values.seed === undefined ? {} : { KILL_SEED: values.seed }
const env = { ...process.env, KILL_ROUNDS: values.rounds, ...seed }
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'untimed', 'packages/gateway/test/kill.test.ts'],
  { cwd: root, stdio: 'inherit', env },
)
process.exitCode = status ?? 1
