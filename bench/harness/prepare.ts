/**
 * Gets everything ready that a measurement needs: the compared packages, the
 * library as users get it, the benchmarks compiled, and Go's program.
 *
 * It uses nothing but Node.js, because it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder `bench`. */
export const BENCH_DIR: string = dirname(dirname(fileURLToPath(import.meta.url)))

/** The root of the repository. */
export const ROOT_DIR: string = dirname(BENCH_DIR)

const DEBIAN_GO_PATH = '/usr/share/gocode'
const NO_X_TIME = 'golang.org/x/time/rate is not in the GOPATH (Debian: golang-golang-x-time-dev)'

/** Go's side of the comparison. */
export interface GoTools {
  readonly version: string
  /** The built program. */
  readonly file: string
  /** Why a workload whose name starts so can't be run; the empty name stands for all. */
  readonly skipped: Readonly<Record<string, string>>
}

/** Installs the compared packages, unless those of the lock file are there already. */
export function installPeers(say: (line: string) => void): void {
  const lock = readFileSync(join(BENCH_DIR, 'package-lock.json'), 'utf8')
  const stamp = join(BENCH_DIR, 'node_modules', '.installed-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  say('installing the compared packages into bench/node_modules')
  npm(['ci'], BENCH_DIR)
  writeFileSync(stamp, lock)
}

/** Builds the library as it is published. */
export function build(say: (line: string) => void): void {
  say('building the library')
  npm(['run', '--silent', 'build'], ROOT_DIR)
}

/** Builds the library and compiles the benchmarks against it, and against the packages' own types. */
export function compile(say: (line: string) => void): void {
  build(say)
  say('compiling the benchmarks')
  run(process.execPath, [join(ROOT_DIR, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'bench'], ROOT_DIR)
}

/** Builds Go's program, where Go is installed, with `x/time/rate` where that is. */
export function buildGo(say: (line: string) => void): GoTools {
  const file = join(BENCH_DIR, 'dist', 'go')
  const asked = spawnSync('go', ['version'])
  if (asked.status !== 0) return { version: 'no Go', file, skipped: { '': 'no go on the PATH' } }
  say('building the Go program')
  const version = `Go ${/go(\d\S*)/.exec(asked.stdout.toString())?.[1] ?? 'of unknown version'}`
  if (goBuild(file, ['-tags', 'xtime']) === undefined) return { version, file, skipped: {} }
  const fault = goBuild(file, [])
  if (fault === undefined) return { version, file, skipped: { rate: NO_X_TIME } }
  return { version, file, skipped: { '': fault } }
}

/** Builds `bench/go`; the last line of the fault when that fails. */
function goBuild(file: string, flags: readonly string[]): string | undefined {
  const goPath = [process.env['GOPATH'], DEBIAN_GO_PATH].filter((path) => path !== undefined).join(':')
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: goPath }
  const { status, stderr } = spawnSync('go', ['build', ...flags, '-o', file, './go'], { cwd: BENCH_DIR, env })
  return status === 0 ? undefined : (stderr.toString().trim().split('\n').at(-1) ?? 'go build failed')
}

function npm(args: readonly string[], cwd: string): void {
  // `npm run` tells which npm it is; started by hand, the one on the PATH will do.
  const self = process.env['npm_execpath']
  if (self) run(process.execPath, [self, ...args], cwd)
  else run('npm', args, cwd)
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`, error ? { cause: error } : {})
}
