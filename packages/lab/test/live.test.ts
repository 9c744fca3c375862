/**
 * `lab live` from start to end, on real sockets: a wrong pattern beside Spillway. Whether a run counts is for the
 * machine to say; that it is told either way, and that the wrong pattern grows, is for this test.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { readRecording } from '../src/record/read-recording.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spillway-lab-'))
afterAll(() => rmSync(folder, { recursive: true }))

const out = join(folder, 'live.json')

/** What it printed; `undefined` when it found the machine too busy to measure anything, said so, and wrote nothing. */
async function live(...args: readonly string[]): Promise<string | undefined> {
  const entry = ['--conditions=@spillway/source', '--import', 'tsx', 'packages/lab/src/main.ts', 'live']
  try {
    return (await promisify(execFile)(process.execPath, [...entry, ...args, '--out', out], { cwd: root }))
      .stdout
  } catch (error) {
    // A process that failed: execFile puts what it said on the error.
    expect((error as { stderr: string }).stderr).toMatch(/this machine is too busy to measure anything/)
    expect(existsSync(out)).toBe(false)
    console.warn('nothing was measured: the machine is too busy')
    return undefined
  }
}

it('lets a wrong pattern grow, bounds a processor, and says of each promise what became of it', async () => {
  const stdout = await live('--quick', '--policies', 'unbounded-queue,processor')
  if (stdout === undefined) return
  const { complete, results } = readRecording(out, await readFile(out, 'utf8'))
  expect(complete).toBe(true)
  const [wrong, ours] = results
  expect(wrong!.row.insideMax).toBeGreaterThan(5 * ours!.row.insideMax)
  expect(wrong!.row.memorySlopeBytesPerMinute).toBeGreaterThan(10e6)
  if (ours!.row.valid) expect(stdout).toMatch(/processor +\| 2x +\| at least 90 % of refusals early/)
  else expect(stdout).toContain(`processor at 2x does not count: ${ours!.live!.faults[0]}`)
})
