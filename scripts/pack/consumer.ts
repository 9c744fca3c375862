/**
 * What must hold in a project that uses everything: all packages with all of their peers.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest, Packed, PackRoom } from './packed.ts'
import type { Row } from './row.ts'

const LINES = ['20', '22', '24'] as const
const RESOLUTIONS = [
  { moduleResolution: 'nodenext', module: 'nodenext' },
  { moduleResolution: 'bundler', module: 'esnext' },
] as const

/** Types under both ways of resolving modules, every import on every line of Node, and the gateway by its command. */
export async function checkConsumer(room: PackRoom, all: readonly Packed[]): Promise<Row[]> {
  const tarballs = all.map(({ tarball }) => tarball)
  const project = room.project('consumer', [...tarballs, ...peersOf(all)], '--prefer-offline')
  const specifiers = all.flatMap(({ manifest }) => specifiersOf(manifest))
  return [
    ...RESOLUTIONS.map((resolution) => checkTypes(project, specifiers, resolution)),
    ...LINES.map((line) => checkImports(project, specifiers, line)),
    await checkGateway(project),
  ]
}

/** The peers, as the packages themselves are tested with them, and the types of Node.js. */
function peersOf(all: readonly Packed[]): string[] {
  const versions = Object.assign({}, ...all.map(({ manifest }) => manifest.devDependencies ?? {}))
  const names = new Set(all.flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {})))
  const peers = [...names, '@types/express'].map((name) => `${name}@${versions[name]}`)
  return [...peers, '@types/node@20']
}

function specifiersOf({ name, exports }: Manifest): string[] {
  const subpaths = Object.keys(exports).filter((subpath) => !subpath.endsWith('.json'))
  return subpaths.map((subpath) => `${name}${subpath.slice(1)}`)
}

function checkTypes(
  project: string,
  specifiers: readonly string[],
  resolution: (typeof RESOLUTIONS)[number],
): Row {
  const imports = specifiers.map((specifier, n) => `import * as m${n} from '${specifier}'`)
  const used = `console.log(${specifiers.map((_, n) => `m${n}`).join(', ')})`
  writeFileSync(join(project, 'uses.ts'), [...imports, used, USE, ''].join('\n'))
  const compilerOptions = { ...resolution, target: 'es2023', strict: true, noEmit: true, types: ['node'] }
  const config = JSON.stringify({ compilerOptions, files: ['uses.ts'] })
  writeFileSync(join(project, 'tsconfig.json'), config)
  const tsc = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc], { cwd: project, encoding: 'utf8' })
  const what = `types of ${specifiers.length} imports under ${resolution.moduleResolution}`
  return { what, found: status === 0 ? 'no errors' : `\n${stdout}`, passed: status === 0 }
}

/** A few lines as a user writes them: an error in them is an error of the declarations. */
const USE = `
import { Channel, isOverloadError, RateLimiter } from 'spillway'
const channel = new Channel<number>({ capacity: 4 })
await channel.send(1, { timeoutMs: 5 })
for await (const item of channel) console.log(item.toFixed())
try { await new RateLimiter({ ratePerSecond: 1, burst: 1 }).wait({ n: 2 }) } catch (error) {
  if (isOverloadError(error)) console.log(error.code, error.retryAfterMs)
}
// @ts-expect-error the capacity has no default
new Channel<number>({})`

function checkImports(project: string, specifiers: readonly string[], line: string): Row {
  const program = `for (const name of ${JSON.stringify(specifiers)}) await import(name); console.log(process.version)`
  const { status, stdout, stderr } = spawnSync(
    'npx',
    [
      '--yes',
      '--prefer-offline',
      `--package=node@${line}`,
      '--',
      'node',
      '--input-type=module',
      '--eval',
      program,
    ],
    { cwd: project, encoding: 'utf8' },
  )
  const passed = status === 0 && stdout.includes(`v${line}.`)
  const found = passed ? stdout.trim() : `\n${stderr}${stdout}`
  return { what: `${specifiers.length} imports on Node ${line}`, found, passed }
}

/** `npx spillway`, from the tarball: takes an event, and stops with 0. */
async function checkGateway(project: string): Promise<Row> {
  const what = 'the packed gateway serves by its command'
  const dataDir = mkdtempSync(join(project, 'data-'))
  const command = join(project, 'node_modules', '.bin', 'spillway')
  const args = ['--port', '0', '--admin-port', '0', '--data-dir', dataDir]
  const gateway = spawn(command, args, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    const found = await tryOut(gateway)
    return { what, found, passed: true }
  } catch (error) {
    return { what, found: String(error), passed: false }
  } finally {
    gateway.kill('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** What was seen of it. @throws Error when something else was seen */
async function tryOut(gateway: ChildProcess): Promise<string> {
  const said = await saidBy(gateway, /takes events at (\S+), and answers \S+ \S+ \S+ at (\S+)/)
  const [url, adminUrl] = said
  const headers = { 'content-type': 'application/json' }
  const taken = await fetch(`${url}/v1/streams/events`, { method: 'POST', headers, body: '{"packed":true}' })
  const page = await fetch(`${adminUrl}/`)
  const isPage = page.ok && page.headers.get('content-type')?.startsWith('text/html')
  const ended = once(gateway, 'exit')
  gateway.kill('SIGTERM')
  const [code] = await ended
  if (taken.status !== 202 || !isPage || code !== 0) {
    throw new Error(
      `an event was answered ${taken.status}, the dashboard ${page.status}; it ended with ${code}`,
    )
  }
  return 'an event answered 202, the dashboard 200, stopped with 0'
}

async function saidBy(gateway: ChildProcess, pattern: RegExp): Promise<readonly string[]> {
  let said = ''
  gateway.stderr?.on('data', (chunk) => {
    said += chunk
  })
  for await (const chunk of gateway.stdout ?? []) {
    said += chunk
    const match = pattern.exec(said)
    if (match) return match.slice(1)
  }
  throw new Error(`it ended without serving: ${said}`)
}
