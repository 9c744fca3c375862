/**
 * What must hold for each published package.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Packed } from './packed.ts'
import type { Row } from './row.ts'

/** The largest tarball of each package, in kilobytes, as downloaded. */
const MOST_KB: Readonly<Record<string, number>> = {
  spillway: 440,
  '@spillway/redis': 90,
  '@spillway/gateway': 600,
}

/** Size, files, and what the linters of packages say. */
export async function checkPublishing(packed: Packed): Promise<Row[]> {
  const typed = Object.keys(packed.manifest.exports).length > 1
  return [
    checkSize(packed),
    checkFiles(packed),
    await checkPublint(packed),
    ...(typed ? [checkTypes(packed)] : []),
  ]
}

function checkSize({ manifest, sizeBytes }: Packed): Row {
  const most = MOST_KB[manifest.name] ?? 0
  const size = Math.ceil(sizeBytes / 1000)
  return { what: `${manifest.name}: tarball ≤ ${most} kB`, found: `${size} kB`, passed: size <= most }
}

/** Declarations whose source is gone would still be published: `tsc` does not take them away. */
function checkFiles({ folder, files, manifest }: Packed): Row {
  const orphans = files.filter((file) => {
    const source = /^dist\/(.+)[.]d[.]ts([.]map)?$/.exec(file)?.[1]
    return source !== undefined && !existsSync(join(folder, 'src', `${source}.ts`))
  })
  const tests = files.filter((file) => /[.]test[.]/.test(file))
  const missing = ['README.md', 'LICENSE'].filter((file) => !files.includes(file))
  const bad = [...orphans, ...tests, ...missing.map((file) => `no ${file}`)]
  return {
    what: `${manifest.name}: no test, no declaration without its source`,
    found: bad.length > 0 ? `${bad.slice(0, 3).join(', ')}: remove dist and build` : `${files.length} files`,
    passed: bad.length === 0,
  }
}

async function checkPublint({ folder, manifest }: Packed): Promise<Row> {
  const { messages, pkg } = await publint({ pkgDir: folder, pack: 'npm', strict: true })
  const lines = messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
  const found = lines.join('; ') || 'no messages'
  return { what: `${manifest.name}: publint, strict`, found, passed: messages.length === 0 }
}

function checkTypes({ tarball, manifest }: Packed): Row {
  const cli = join('node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
  const args = [cli, tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-color']
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const found = status === 0 ? 'no problems' : `\n${stdout}`
  return { what: `${manifest.name}: are the types wrong, esm-only`, found, passed: status === 0 }
}
