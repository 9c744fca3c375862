/**
 * What must hold for the packed library, each as a row of a table.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Packed } from './packed.ts'

/** One row: what was asked, what was found, whether it will do. */
export interface Row {
  readonly what: string
  readonly found: string
  readonly passed: boolean
}

const most = { importMs: 30, channelBytes: 4000 } as const

/** All checks, in order. */
export async function checkPacked(packed: Packed, folder: string): Promise<Row[]> {
  return [
    checkManifest(packed),
    checkFiles(packed, folder),
    await checkPublint(folder),
    checkTypes(packed),
    ...checkImports(packed),
    checkImportTime(packed),
    await checkBundle(packed),
  ]
}

function checkManifest({ manifest, sizeBytes }: Packed): Row {
  const dependencies = Object.keys(manifest.dependencies ?? {})
  return {
    what: 'no dependencies, no side effects',
    found: `${dependencies.length} dependencies, sideEffects ${manifest.sideEffects}, ${Math.ceil(sizeBytes / 1000)} kB`,
    passed: dependencies.length === 0 && manifest.sideEffects === false,
  }
}

/** Declarations whose source is gone would still be published: `tsc` does not take them away. */
function checkFiles({ files }: Packed, folder: string): Row {
  const orphans = files.filter((file) => {
    const source = /^dist\/(.+)[.]d[.]ts([.]map)?$/.exec(file)?.[1]
    return source !== undefined && !existsSync(join(folder, 'src', `${source}.ts`))
  })
  const tests = files.filter((file) => /[.]test[.]/.test(file))
  const bad = [...orphans, ...tests]
  return {
    what: 'no test and no declaration without its source',
    found: bad.length > 0 ? `${bad.slice(0, 3).join(', ')}: remove dist and build` : `${files.length} files`,
    passed: bad.length === 0,
  }
}

async function checkPublint(folder: string): Promise<Row> {
  const { messages, pkg } = await publint({ pkgDir: folder, pack: 'npm', strict: true })
  const lines = messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
  return { what: 'publint, strict', found: lines.join('; ') || 'no messages', passed: messages.length === 0 }
}

function checkTypes({ tarball }: Packed): Row {
  const cli = join('node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
  const args = [cli, tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-color']
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const found = status === 0 ? 'no problems' : `\n${stdout}`
  return { what: 'are the types wrong, esm-only', found, passed: status === 0 }
}

function checkImports({ manifest, project }: Packed): Row[] {
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

function errorLine(stderr: string): string {
  return stderr.split('\n').find((line) => line.includes('Error')) ?? stderr
}

/** Processor time, of the fastest of nine fresh processes: what else the machine does is no fault of the library. */
function checkImportTime({ project }: Packed): Row {
  const program = `
    const before = process.cpuUsage()
    await import('spillway')
    const { user, system } = process.cpuUsage(before)
    console.log((user + system) / 1000)`
  const times = Array.from({ length: 9 }, () => Number(runModule(program, project).stdout)).sort(
    (a, b) => a - b,
  )
  const [fastestMs = Number.NaN] = times
  return {
    what: `import takes ≤ ${most.importMs} ms of a processor`,
    found: `${fastestMs.toFixed(1)} ms, median ${times[4]?.toFixed(1)} ms`,
    passed: fastestMs > 0 && fastestMs <= most.importMs,
  }
}

async function checkBundle({ project }: Packed): Promise<Row> {
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
