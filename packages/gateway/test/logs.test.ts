import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { afterEach, beforeEach, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const STREAMS = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
dataDir: DIR
logLevel: LEVEL
streams:
  full: { class: best-effort, window: { items: 1 }, whenFull: reject, sink: { type: module, path: DIR/hang.mjs } }
  quick: { class: best-effort, window: { items: 1000 }, whenFull: reject, sink: { type: file, path: DIR/quick.ndjson } }
`
const FLOOD = 3000

let folder: string
let child: ChildProcess | undefined
let pool: Pool | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-logs-'))
  await writeFile(join(folder, 'hang.mjs'), 'export const deliver = () => new Promise(() => {})')
})

afterEach(async () => {
  await pool?.destroy()
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

/** Starts the gateway; its standard error is this test's to read, or not. */
async function start(level: string, preload = ''): Promise<{ readonly stderr: NodeJS.ReadableStream }> {
  const config = join(folder, 'c.yaml')
  await writeFile(config, STREAMS.replaceAll('DIR', folder).replace('LEVEL', level))
  const before = preload === '' ? [] : ['--import', preload]
  const args = [
    '--conditions=@spillway/source',
    '--import',
    'tsx',
    ...before,
    MAIN,
    'serve',
    '--config',
    config,
  ]
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  child = process_
  process_.stderr.pause()
  let said = ''
  process_.stdout.on('data', (chunk) => {
    said += String(chunk)
  })
  let url: string | undefined
  while (url === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    url = /takes events at (\S+?),/.exec(said)?.[1]
    if (process_.exitCode !== null) throw new Error(`ended before it served: ${said}`)
  }
  pool = new Pool(url, { connections: 20 })
  return { stderr: process_.stderr }
}

async function post(stream: string, count: number): Promise<readonly number[]> {
  const headers = { 'content-type': 'application/json' }
  const one = async (): Promise<number> => {
    const reply = await pool!.request({ method: 'POST', path: `/v1/streams/${stream}`, headers, body: '{}' })
    await reply.body.dump()
    return reply.statusCode
  }
  return Promise.all(Array.from({ length: count }, one))
}

async function memoryBytes(): Promise<number> {
  const status = await readFile(`/proc/${child!.pid}/status`, 'latin1')
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

it('a flood of refusals writes a line for each reason, and how many were suppressed', async () => {
  const { stderr } = await start('info')
  let text = ''
  stderr.on('data', (chunk) => {
    text += String(chunk)
  })
  stderr.resume()
  const beganMs = performance.now()
  const statuses = await post('full', FLOOD)
  await post('nobody', FLOOD)
  const seconds = (performance.now() - beganMs) / 1000
  expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(FLOOD - 10)
  child!.kill('SIGTERM')
  await once(child!, 'exit')
  const refusals = text.split('\n').filter((line) => line.includes('"phase"'))
  // For each reason one line in ten seconds; there are two or three reasons, and those of stopping.
  expect(refusals.length).toBeLessThan(6 * (1 + seconds / 10))
  expect(refusals.every((line) => typeof JSON.parse(line).suppressed === 'number')).toBe(true)
})

it('a standard error that nobody reads neither stops the gateway nor grows its memory', async () => {
  // Something that complains of everything: far more than a pipe holds.
  const chatter = join(folder, 'chatter.mjs')
  await writeFile(
    chatter,
    `process.on('SIGWINCH', () => setInterval(() => {
      for (let warnings = 0; warnings < 200; warnings++) process.emitWarning('x'.repeat(500))
    }, 10).unref())`,
  )
  const { stderr } = await start('info', chatter)
  await post('quick', 100)
  child!.kill('SIGWINCH')
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const beforeBytes = await memoryBytes()
  for (let round = 0; round < 20; round++) {
    expect(new Set(await post('quick', 50))).toEqual(new Set([202]))
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  expect((await memoryBytes()) - beforeBytes).toBeLessThan(32 * 2 ** 20)
  // Read at last, it says how much was lost; and the gateway stops as it should.
  let text = ''
  stderr.on('data', (chunk) => {
    text += String(chunk)
  })
  stderr.resume()
  while (!/"lost":\d{3,}/.test(text)) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(
    text
      .split('\n')
      .slice(0, -1)
      .every((line) => JSON.parse(line)),
  ).toBe(true)
  child!.kill('SIGTERM')
  const [code] = await once(child!, 'exit')
  expect(code).toBe(0)
})
