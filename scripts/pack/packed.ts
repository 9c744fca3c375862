/**
 * Packs the library as it would be published, and installs it into an empty project.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a user gets. */
export interface Packed {
  readonly tarball: string
  /** The size of the tarball, as downloaded. */
  readonly sizeBytes: number
  /** The paths in it. */
  readonly files: readonly string[]
  /** An empty project with nothing but the library installed. */
  readonly project: string
  readonly manifest: Manifest
  /** Removes everything that was made. */
  remove(): void
}

/** The parts of a manifest that are checked. */
export interface Manifest {
  readonly name: string
  readonly sideEffects?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
}

/** Packs the package in `folder` and installs the tarball. Nothing is fetched: the library has no dependencies. */
export function pack(folder: string): Packed {
  const room = mkdtempSync(join(tmpdir(), 'spillway-pack-'))
  const project = join(room, 'project')
  mkdirSync(project)
  const listed = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', room], folder)
  const [result] = JSON.parse(listed) as PackResult[] // the format of npm pack --json
  if (!result) throw new Error(`npm pack made nothing of ${folder}`)
  const tarball = join(room, result.filename)
  writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}\n')
  npm(['install', '--offline', '--no-audit', '--no-fund', '--omit=peer', tarball], project)
  const installed = join(project, 'node_modules', 'spillway', 'package.json')
  return {
    tarball,
    sizeBytes: result.size,
    files: result.files.map((file) => file.path),
    project,
    manifest: JSON.parse(readFileSync(installed, 'utf8')),
    remove: () => rmSync(room, { recursive: true, force: true }),
  }
}

interface PackResult {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

function npm(args: readonly string[], cwd: string): string {
  const entry = process.env['npm_execpath']
  return entry
    ? execFileSync(process.execPath, [entry, ...args], { cwd, encoding: 'utf8' })
    : execFileSync('npm', args, { cwd, encoding: 'utf8' })
}
