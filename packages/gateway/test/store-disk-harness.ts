/**
 * Disk stores for tests. A kill is played by going on with a copy of the
 * files, taken while the store still runs: what a process had written by then.
 */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreHarness } from '../src/store/conformance/store-promise.ts'
import type { DiskStoreOptions } from '../src/store/disk/disk-settings.ts'
import { DiskStore } from '../src/store/disk/disk-store.ts'

/** Opens stores in copies of a directory. */
export class DiskHarness implements StoreHarness {
  nowMs = 1_700_000_000_000
  readonly warnings: string[] = []
  readonly #root: string
  /** What the next store is opened with. */
  options: Partial<DiskStoreOptions>
  readonly #running: DiskStore[] = []
  #generation = 0

  constructor(root: string, options: Partial<DiskStoreOptions> = {}) {
    this.#root = root
    this.options = options
  }

  /** Where the present store keeps its files. */
  get directory(): string {
    return join(this.#root, `run-${this.#generation}`)
  }

  open = async (): Promise<DiskStore> => {
    const store = await DiskStore.open({
      minFreeBytes: 0,
      directory: this.directory,
      wallNowMs: () => this.nowMs,
      onWarning: (sentence) => {
        this.warnings.push(sentence)
      },
      ...this.options,
    })
    this.#running.push(store)
    return store
  }

  kill = async (): Promise<void> => {
    const from = this.directory
    this.#generation++
    copy(from, this.directory)
    rmSync(join(this.directory, 'lock'), { force: true })
  }

  /** Lets go of every store that was opened. */
  async end(): Promise<void> {
    for (const store of this.#running.splice(0)) await store.close()
  }
}

/** Copies a directory in one turn; again, when a file that was being renamed went away meanwhile. */
function copy(from: string, to: string): void {
  for (let tries = 0; ; tries++) {
    try {
      cpSync(from, to, { recursive: true })
      return
    } catch (error) {
      if (tries === 20) throw error
      rmSync(to, { recursive: true, force: true })
    }
  }
}
