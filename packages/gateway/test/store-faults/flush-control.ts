/**
 * Builds the flush interposer and steers it.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * `pass` flushes; let each take ten milliseconds longer (`slow`); `hold` them until told otherwise; `fail` them with
 * EIO; or `discard` them and say they went well.
 */
export type FlushMode = 'pass' | 'slow' | 'hold' | 'fail' | 'discard'

/** Compiles the interposer; `undefined`, said aloud, where that is impossible. */
export function buildInterposer(directory: string): string | undefined {
  const source = join(dirname(fileURLToPath(import.meta.url)), 'flush-interposer.c')
  const library = join(directory, 'flush-interposer.so')
  if (process.platform !== 'linux') return skip('it needs Linux')
  const built = spawnSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl'], {
    encoding: 'utf8',
  })
  if (built.error) return skip('it needs gcc')
  if (built.status !== 0) throw new Error(built.stderr)
  return library
}

function skip(why: string): undefined {
  console.warn(
    `SKIPPED: the flush interposer cannot be built here, ${why}; nothing is known of power failures`,
  )
  return undefined
}

/** The switch of one interposed process. */
export class FlushControl {
  readonly #fd: number
  readonly environment: Readonly<Record<string, string>>
  /** Where the interposer keeps what is on the disk. */
  readonly shadow: string

  constructor(directory: string, library: string) {
    const path = join(directory, 'flush-control')
    this.shadow = join(directory, 'shadow')
    mkdirSync(this.shadow, { recursive: true })
    writeFileSync(path, Buffer.alloc(4096, 0))
    this.#fd = openSync(path, 'r+')
    // So many threads that flushes which are held keep nobody else from writing.
    const threads = { UV_THREADPOOL_SIZE: '256' }
    this.environment = { ...threads, LD_PRELOAD: library, FLUSH_CONTROL: path, FLUSH_SHADOW: this.shadow }
    this.set('pass')
  }

  set(mode: FlushMode): void {
    writeSync(this.#fd, mode[0] ?? 'p', 0)
  }

  /** How many flushes were begun, and how many have returned. */
  counts(): { readonly started: number; readonly returned: number } {
    const bytes = Buffer.alloc(24)
    readSync(this.#fd, bytes, 0, 24, 0)
    return { started: Number(bytes.readBigUInt64LE(8)), returned: Number(bytes.readBigUInt64LE(16)) }
  }

  close(): void {
    closeSync(this.#fd)
  }
}
