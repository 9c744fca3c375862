/**
 * Whether `dist` was built from the sources as they are now.
 *
 * A stamp holds a hash of every file that goes into a build. Contents, not
 * dates: switching branches and back costs no build.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const stampPath = ['node_modules', '.cache', 'spillway', 'build-stamp']
const notBuilt = new Set(['dist', 'node_modules', 'test', 'coverage'])

/**
 * A hash of everything that goes into a build: packages without their tests, compiler options, the lock file.
 *
 * @param {string} root - the folder of the workspace
 * @returns {string} hexadecimal
 */
export function sourceHash(root) {
  const hash = createHash('sha256')
  for (const name of ['package-lock.json', 'package.json', 'tsconfig.json', 'tsconfig.base.json']) {
    addFile(hash, join(root, name))
  }
  addFolder(hash, join(root, 'packages'))
  return hash.digest('hex')
}

/**
 * Whether the last build was of the sources with this hash, and its output is still there.
 *
 * @param {string} root
 * @param {string} hash - from `sourceHash`
 * @returns {boolean}
 */
export function isBuilt(root, hash) {
  const path = join(root, ...stampPath)
  if (!existsSync(path) || readFileSync(path, 'utf8') !== hash) return false
  return outputs(root).every((file) => existsSync(file))
}

/**
 * Remembers that the sources with this hash have been built.
 *
 * @param {string} root
 * @param {string} hash - taken before the build began, so that an edit during it makes the next one run
 */
export function rememberBuild(root, hash) {
  const path = join(root, ...stampPath)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, hash)
}

/**
 * What a build must have left: the commands and the entry points of every package that is built, and what a package
 * is built to elsewhere (`builtTo`), as the page of the gateway is.
 *
 * @param {string} root
 * @returns {string[]}
 */
function outputs(root) {
  /** @type {{ references?: { path: string }[] }} */
  const config = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  return (config.references ?? []).flatMap(({ path }) => {
    /** @type {{ bin?: string | Record<string, string>, exports?: Record<string, string | { default?: string }>, builtTo?: string }} */
    const {
      bin = {},
      exports = {},
      builtTo,
    } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
    const entries = Object.values(exports).map((target) =>
      typeof target === 'string' ? target : target.default,
    )
    const commands = typeof bin === 'string' ? [bin] : Object.values(bin)
    return [...commands, ...entries, builtTo].flatMap((file) => (file ? [join(root, path, file)] : []))
  })
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} folder
 */
function addFolder(hash, folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (entry.isDirectory() && !notBuilt.has(entry.name)) addFolder(hash, join(folder, entry.name))
    if (entry.isFile() && isSource(entry.name)) addFile(hash, join(folder, entry.name))
  }
}

/**
 * @param {string} name
 * @returns {boolean}
 */
function isSource(name) {
  return !name.endsWith('.test.ts') && !name.endsWith('.md')
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} path
 */
function addFile(hash, path) {
  hash.update(`${path}\0`)
  hash.update(readFileSync(path))
}
