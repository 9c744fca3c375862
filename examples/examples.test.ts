/**
 * Every example runs, on the built library as a user would have it, and
 * prints what its `// Output:` block says.
 */
import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('.', import.meta.url))
const tsx = fileURLToPath(new URL('../node_modules/tsx/dist/cli.mjs', import.meta.url))
const examples = readdirSync(folder).filter((name) => /^\d\d-[a-z0-9-]+[.]ts$/.test(name))

const read = (name: string): string => readFileSync(`${folder}${name}`, 'utf8')

/** The program that an example needs and this machine lacks; `undefined` when it can run. */
function missing(name: string): string | undefined {
  const program = /^ \* Needs: (\S+)$/m.exec(read(name))?.[1]
  if (program === undefined || spawnSync(program, ['--version']).status === 0) return undefined
  console.warn(`SKIPPED: ${name}: there is no ${program} on the PATH`)
  return program
}

/** The comment block at the end of an example, without its comment signs. */
function promisedOutput(source: string): string {
  const [, block] = source.split(/^\/\/ Output:$/m)
  if (block === undefined) throw new Error('an example ends with "// Output:" and what it prints')
  return block
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\/\/ ?/, '').trimEnd())
    .join('\n')
}

async function run(name: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [tsx, name], {
    cwd: folder,
    timeout: 30_000,
  })
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

describe('the examples', () => {
  it('have a number each, and name the next one rightly', () => {
    expect(examples.length).toBeGreaterThan(0)
    expect(new Set(examples.map((name) => name.slice(0, 2))).size).toBe(examples.length)
    const next = examples.flatMap((name) => /^ \* Next: (\S+[.]ts)$/m.exec(read(name))?.[1] ?? [])
    expect(next.filter((name) => !examples.includes(name))).toEqual([])
  })

  for (const name of examples) {
    it.skipIf(missing(name) !== undefined).concurrent(`${name} prints what it promises`, async () => {
      const promised = promisedOutput(read(name))
      expect(await run(name)).toBe(promised)
    })
  }

  it('the configuration that the README names can be served as it is', async () => {
    const gateway = fileURLToPath(new URL('../packages/gateway/dist/main.js', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [gateway, 'check', 'small-queue.yaml'], {
      cwd: folder,
    })
    expect(stdout).toMatch(/can be served: 1 stream/)
  })
})
