/**
 * What must hold for the library alone, in a project that has nothing else.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Manifest, Packed } from './packed.ts'
import type { Row } from './row.ts'

/** On a machine that is slow for the hour an import may take more: so much of what Node.js itself takes to start. */
const most = { importMs: 30, importOfStart: 0.4, channelBytes: 4000 } as const

/** All checks, in order; `project` has the library installed, and no peer of it. */
export async function checkLibrary({ manifest }: Packed, project: string): Promise<Row[]> {
  return [
    checkManifest(manifest),
    ...checkImports(manifest, project),
    checkRequire(project),
    checkTypes(project),
    checkImportTime(project),
    await checkBundle(project),
  ]
}

function checkManifest(manifest: Manifest): Row {
  const dependencies = Object.keys(manifest.dependencies ?? {})
  return {
    what: 'no dependencies, no side effects',
    found: `${dependencies.length} dependencies, sideEffects ${manifest.sideEffects}`,
    passed: dependencies.length === 0 && manifest.sideEffects === false,
  }
}

function checkImports(manifest: Manifest, project: string): Row[] {
  const subpaths = Object.keys(manifest.exports).filter((subpath) => !subpath.endsWith('.json'))
  return subpaths.map((subpath) => {
    const specifier = `${manifest.name}${subpath.slice(1)}`
    const program = `console.log(Object.keys(await import('${specifier}')).length)`
    const { status, stdout, stderr } = runModule(program, project)
    const missing = /Cannot find package '([^']+)'/.exec(stderr)?.[1]
    if (missing !== undefined && Object.hasOwn(manifest.peerDependencies ?? {}, missing)) {
      return { what: `import ${specifier}`, found: `asks for its peer ${missing}`, passed: true }
    }
    const names = Number(stdout)
    const found = status === 0 ? `${names} values` : errorLine(stderr)
    return { what: `import ${specifier}`, found, passed: status === 0 && names > 0 }
  })
}

function checkRequire(project: string): Row {
  const program =
    "console.log(Object.keys(require('spillway')).length, Object.keys(require('spillway/node')).length)"
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--eval', program], {
    cwd: project,
    encoding: 'utf8',
  })
  const passed = status === 0 && stderr === ''
  return { what: 'require from CommonJS, without a warning', found: passed ? stdout.trim() : stderr, passed }
}

/** Its declarations ask for nothing that a new project does not have: neither a newer `lib` nor the types of Node.js. */
function checkTypes(project: string): Row {
  const imports = ['spillway', 'spillway/testing'].map((from) => `export * from '${from}'\n`)
  writeFileSync(join(project, 'plain.ts'), imports.join(''))
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2022', types: [], noEmit: true },
    ...{ strict: true, exactOptionalPropertyTypes: true },
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['plain.ts'] }))
  const tsc = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc], { cwd: project, encoding: 'utf8' })
  const found = status === 0 ? 'no errors' : `\n${stdout}`
  return { what: 'types for ES2022, without those of Node.js', found, passed: status === 0 }
}

function errorLine(stderr: string): string {
  return stderr.split('\n').find((line) => line.includes('Error')) ?? stderr
}

/** Processor time, of the fastest of nine fresh processes: what else the machine does is no fault of the library. */
function checkImportTime(project: string): Row {
  const program = `
    const ms = ({ user, system }) => (user + system) / 1000
    const before = process.cpuUsage()
    await import('spillway')
    console.log(JSON.stringify([ms(before), ms(process.cpuUsage(before))]))`
  const runs = Array.from({ length: 9 }, () => JSON.parse(runModule(program, project).stdout) as number[])
  const [startMs = 0, importMs = Number.NaN] = [0, 1].map((at) =>
    Math.min(...runs.map((run) => run[at] ?? 0)),
  )
  return {
    what: `import takes ≤ ${most.importMs} ms of a processor`,
    found: `${importMs.toFixed(1)} ms, Node.js itself ${startMs.toFixed(1)} ms`,
    passed: importMs > 0 && importMs <= Math.max(most.importMs, most.importOfStart * startMs),
  }
}

async function checkBundle(project: string): Promise<Row> {
  const what = `Channel alone, minified and gzipped < ${most.channelBytes} bytes`
  try {
    const { outputFiles } = await build({
      stdin: { contents: "export { Channel } from 'spillway'", resolveDir: project },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2023',
      write: false,
      logLevel: 'silent',
    })
    const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
    return { what, found: `${bytes} bytes`, passed: bytes < most.channelBytes }
  } catch (error) {
    return { what, found: String(error), passed: false }
  }
}

function runModule(program: string, cwd: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { cwd, encoding: 'utf8' })
}
