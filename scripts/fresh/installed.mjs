/**
 * Whether `node_modules` holds what the lock file names.
 *
 * npm leaves a record of what it installed in `node_modules/.package-lock.json`;
 * comparing it with `package-lock.json` takes a few milliseconds and no npm.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {{ version?: string, integrity?: string, resolved?: string, optional?: boolean, link?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} LockFile
 */

/**
 * The first package that is missing or of another version, or `undefined` when everything is in place.
 *
 * @param {string} root - the folder of the workspace
 * @returns {string | undefined} its path below the root, or the file that could not be read
 */
export function firstStalePackage(root) {
  const locked = readLock(join(root, 'package-lock.json'))
  const installed = readLock(join(root, 'node_modules', '.package-lock.json'))
  if (!locked) return 'package-lock.json'
  if (!installed) return 'node_modules'
  for (const [path, wanted] of Object.entries(locked)) {
    if (!path.includes('node_modules/')) continue
    const found = installed[path]
    // What is optional may belong to another platform: npm then leaves it out.
    if (!found && wanted.optional) continue
    if (!found || found.version !== wanted.version || found.integrity !== wanted.integrity) return path
    if (Boolean(found.link) !== Boolean(wanted.link)) return path
  }
  return undefined
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage> | undefined}
 */
function readLock(path) {
  try {
    /** @type {LockFile} */
    const lock = JSON.parse(readFileSync(path, 'utf8'))
    return lock.packages ?? {}
  } catch {
    return undefined
  }
}
