/**
 * Packs packages as they would be published, and installs them into an empty project.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The parts of a manifest that are checked. */
export interface Manifest {
  readonly name: string
  readonly sideEffects?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
}

/** One package as it would be published. */
export interface Packed {
  /** Where it was packed from. */
  readonly folder: string
  readonly tarball: string
  /** The size of the tarball, as downloaded. */
  readonly sizeBytes: number
  /** The paths in it. */
  readonly files: readonly string[]
  readonly manifest: Manifest
}

/** A folder for tarballs and projects, gone at the end. */
export class PackRoom {
  readonly #room = mkdtempSync(join(tmpdir(), 'spillway-pack-'))

  /** Packs the package in `folder`. */
  pack(folder: string): Packed {
    const listed = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', this.#room], folder)
    const [result] = JSON.parse(listed) as PackResult[] // the format of npm pack --json
    if (!result) throw new Error(`npm pack made nothing of ${folder}`)
    return {
      folder,
      tarball: join(this.#room, result.filename),
      sizeBytes: result.size,
      files: result.files.map((file) => file.path),
      manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
    }
  }

  /** An empty project with these installed: tarballs, or packages of the registry. */
  project(name: string, installed: readonly string[], ...flags: readonly string[]): string {
    const project = join(this.#room, name)
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}\n')
    npm(['install', '--no-audit', '--no-fund', ...flags, ...installed], project)
    return project
  }

  remove(): void {
    rmSync(this.#room, { recursive: true, force: true })
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
