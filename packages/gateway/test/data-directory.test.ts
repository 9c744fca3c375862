import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Ended, GatewayProcess } from './gateway-process.ts'

/** No bits of a mode keep root out. */
const NOBODY = 65_534

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spillway-data-'))
})

afterEach(() => rm(dataDir, { recursive: true, force: true }))

const serve = (): GatewayProcess => GatewayProcess.serve('--data-dir', dataDir)

/** A data directory as a killed gateway leaves it. */
async function abandoned(): Promise<void> {
  await using server = serve()
  const { url } = await server.addresses()
  const headers = { 'content-type': 'application/json' }
  for (const order of [1, 2, 3]) {
    const body = JSON.stringify({ order })
    const { status } = await fetch(`${url}/v1/streams/events`, { method: 'POST', headers, body })
    expect(status).toBe(202)
  }
  server.signal('SIGKILL')
  await server.ended()
}

/** Every file below the directory but the lock, which a dead gateway leaves, with a digest of its bytes. */
async function contents(): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== 'lock')
    .map((entry) => join(entry.parentPath, entry.name))
  const digests = files.toSorted().map(async (path) => {
    const digest = createHash('sha256').update(await readFile(path))
    return [path, digest.digest('hex')] as const
  })
  return Object.fromEntries(await Promise.all(digests))
}

/** Starts, and expects that this ends at once, with one sentence and nothing changed. */
async function refused(): Promise<string> {
  const before = await contents()
  const ended: Ended = await serve().ended()
  expect(await contents()).toEqual(before)
  expect(ended.code).toBe(1)
  expect(ended.stderr).not.toContain('    at ')
  return ended.stderr
}

describe('a gateway does not start, changes nothing and names the remedy, when its data directory', () => {
  it('is in use by a gateway that runs', async () => {
    await using first = serve()
    await first.addresses()
    const second = await GatewayProcess.serve('--data-dir', dataDir).ended()
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(new RegExp(`in use by process ${first.pid} on .*Stop the other gateway`))
  })

  it('is of a newer version', async () => {
    await abandoned()
    await writeFile(join(dataDir, 'store', 'format'), 'spillway store 2\n')
    expect(await refused()).toMatch(/of version 2, .* up to 1.*Start the newer gateway again/)
  })

  it('holds something else', async () => {
    await mkdir(join(dataDir, 'store'))
    await writeFile(join(dataDir, 'store', 'thesis.txt'), 'ten years of work')
    expect(await refused()).toMatch(/holds something else \(thesis.txt\).*Choose an empty directory/)
  })

  it('is no directory', async () => {
    await rm(dataDir, { recursive: true })
    await writeFile(dataDir, 'ten years of work')
    const { code, stderr } = await serve().ended()
    expect(code).toBe(1)
    expect(stderr).toMatch(/cannot be (written|opened).*(Make the directory writable|give another path)/)
    expect(await readFile(dataDir, 'utf8')).toBe('ten years of work')
  })

  it('is read-only', async () => {
    await abandoned()
    await chmod(dataDir, 0o555)
    await chmod(join(dataDir, 'store'), 0o555)
    const before = await contents()
    const uid = process.getuid?.() === 0 ? NOBODY : undefined
    const { code, stderr } = await GatewayProcess.serveFrom({ uid }, '--data-dir', dataDir).ended()
    await chmod(dataDir, 0o755)
    await chmod(join(dataDir, 'store'), 0o755)
    expect(await contents()).toEqual(before)
    expect(code).toBe(1)
    expect(stderr).toMatch(/cannot be (written|opened).*(Make the directory writable|give another path)/)
    expect(stderr).not.toContain('    at ')
  })

  it('is damaged where acknowledged events lie', async () => {
    await abandoned()
    const directory = join(dataDir, 'store', 'streams', 'events')
    const log = (await readdir(directory)).find((name) => name.endsWith('.log'))!
    const bytes = await readFile(join(directory, log))
    // Of the first event: with others behind it, the damage is no torn tail.
    bytes[bytes.indexOf('"order"')]! ^= 1
    await writeFile(join(directory, log), bytes)
    expect(await refused()).toMatch(/damaged at byte \d+.*\.log\. Restore the file from a backup/)
  })
})
