/**
 * The command line as a user has it: every example of every `--help` runs.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { EXAMPLES } from '../src/cli/examples.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spillway-lab-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function lab(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const start = ['--conditions=@spillway/source', '--import', 'tsx', 'packages/lab/src/main.ts']
  try {
    const options = { cwd: root, timeout: 300_000, maxBuffer: 64e6 }
    return { code: 0, ...(await promisify(execFile)(process.execPath, [...start, ...args], options)) }
  } catch (error) {
    // A process that failed: execFile puts code and output on the error.
    return error as { code: number; stdout: string; stderr: string }
  }
}

/** `live` has a test of its own; a report takes as long as it takes. */
const examples = Object.entries(EXAMPLES).flatMap(([name, lines]) => (name === 'live' ? [] : lines))

describe('npm run lab', () => {
  it.each(examples)('%s', { timeout: 300_000 }, async (line) => {
    const out = line.startsWith('size') || line.startsWith('validate') ? [] : ['--out', join(folder, 'out')]
    const { code, stdout, stderr } = await lab(...line.replace(/ --out \S+/, '').split(' '), ...out)
    expect(stderr).not.toMatch(/error/i)
    expect(code).toBe(0)
    expect(stdout.length).toBeGreaterThan(20)
  })

  it.each(Object.keys(EXAMPLES))('%s --help shows its examples', async (name) => {
    const { stdout } = await lab(name, '--help')
    for (const line of EXAMPLES[name as keyof typeof EXAMPLES]) expect(stdout).toContain(line)
  })

  it.each<[string, readonly string[], RegExp]>([
    ['a mistyped command', ['replai'], /Did you mean replay\?/],
    ['a mistyped option', ['sim', '--polices', 'x'], /Did you mean --policies\?/],
    ['an unknown policy', ['sim', '--policies', 'magic'], /There is no "magic"; known are unbounded-spawn/],
    ['an impossible number', ['sim', '--seeds', '-1'], /It must be an integer from 1 to 1000/],
    ['an unknown set', ['sim', 'S99'], /there is no scenario set "S99"/],
    ['a recording that is none', ['report', 'package.json'], /package.json is not a recording of this lab/],
    ['a foreign log', ['replay', 'LICENSE', '--service-rate', '5'], /in no known format|holds no request/],
  ])('says what is wrong with %s, and writes nothing', async (_what, args, sentence) => {
    const out = join(folder, 'nothing')
    const { code, stderr } = await lab(...args, '--out', out)
    expect(code).toBe(1)
    expect(stderr).toMatch(sentence)
    expect(existsSync(out)).toBe(false)
  })

  it('names the place of a fault in a scenario', async () => {
    const { code, stderr } = await lab('sim', '--scenario', 'package.json')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^package.json:2:3 the scenario has no "name"|^package.json:\d+:\d+ /)
  })

  it('recordings say how to repeat them', { timeout: 60_000 }, async () => {
    const out = join(folder, 'again.json')
    await lab('sim', 'S7', '--quick', '--policies', 'processor', '--out', out)
    const first = readFileSync(out, 'utf8')
    const { command } = JSON.parse(first)
    await lab(...command.replace('npm run lab -- ', '').split(' '), '--out', out)
    expect(readFileSync(out, 'utf8')).toBe(first)
  })
})
