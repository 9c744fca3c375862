/**
 * Installs and builds when, and only when, something is stale. It needs
 * nothing but Node and npm, so that it works on a fresh clone.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isBuilt, rememberBuild, sourceHash } from './built.mjs'
import { firstStalePackage } from './installed.mjs'

/** The folder of the workspace. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

const oldestNode = [20, 20]

/** Installs the packages of the lock file, unless they are there. Ends the process when that fails. */
export function makeInstalled() {
  stopOnOldNode()
  const stale = firstStalePackage(root)
  if (stale === undefined) return
  // The versions are the lock file's. Unlike `npm ci` this keeps what is there already, and bears a registry
  // that lacks the optional packages of other platforms.
  say(`${stale} is missing or stale: npm install`)
  npm(['install', '--no-save', '--loglevel=error', '--no-audit', '--no-fund'])
}

/** Installs and builds what is stale. Ends the process when that fails. */
export function makeFresh() {
  makeInstalled()
  const hash = sourceHash(root)
  if (isBuilt(root, hash)) return
  say('not built yet, or the sources have changed since: npm run build, up to a minute')
  npm(['run', '--silent', 'build'])
  rememberBuild(root, hash)
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`spillway: ${line}\n`)
}

function stopOnOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  say(
    `this needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node} (${process.execPath})`,
  )
  process.exit(1)
}

/**
 * Runs npm with its output going to standard error, so that standard output stays the server's own.
 *
 * @param {string[]} args
 */
function npm(args) {
  const entry = process.env['npm_execpath']
  const [command, all] = entry ? [process.execPath, [entry, ...args]] : ['npm', args]
  const { status, error } = spawnSync(command, all, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !entry && process.platform === 'win32',
  })
  if (status === 0) return
  say(
    `npm ${args.filter((arg) => !arg.startsWith('--')).join(' ')} failed${error ? `: ${error.message}` : ''}; nothing was started`,
  )
  process.exit(status || 1)
}
