/**
 * The files of the project: those that git tracks, or would with the next `git add`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Their paths, from the root of the workspace, which must be the working directory. */
export function trackedFiles(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const listed = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  return listed.split('\0').filter((path) => path !== '' && existsSync(path))
}
