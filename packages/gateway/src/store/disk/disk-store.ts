/**
 * A store in a directory:
 *
 *   format            names the version
 *   lock              held by the running gateway
 *   streams/<name>/   <first number>-<salt>.log and .index, and the journal
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { EventStore, StoreHealth, StreamOptions, StreamStore } from '../store.ts'
import { STORE_REMEDIES, StoreError, systemCode } from '../store-error.ts'
import { DirectoryLock } from './directory-lock.ts'
import { type DiskSettings, type DiskStoreOptions, resolveDiskSettings } from './disk-settings.ts'
import { DiskStream } from './disk-stream.ts'
import { makeDirectory, readIfThere, replaceFile } from './files.ts'
import { SpaceWatch } from './space-watch.ts'
import { TailMemory } from './tail.ts'

const FORMAT = /^spillway store (\d+)\n$/
const VERSION = 1
const FORMAT_LINE = `spillway store ${VERSION}\n`
/** What may lie in a directory that has no format yet: left by a killed opening, or made by mkfs. */
const OWN_NAMES = /^(lock(\.\d+)?|streams|format\.tmp|lost\+found)$/
const NOT_WRITABLE = new Set([
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOTDIR',
  'EEXIST',
  'ENOENT',
  'ELOOP',
  'ENAMETOOLONG',
])

/** Keeps events on the disk. Its acknowledgements mean `disk`: written and flushed. */
export class DiskStore implements EventStore {
  readonly durability = 'disk' as const
  readonly #settings: DiskSettings
  #lock: DirectoryLock | undefined
  readonly #space: SpaceWatch
  readonly #tails = new TailMemory()
  readonly #streams = new Map<string, DiskStream>()
  readonly #opening = new Set<string>()

  private constructor(settings: DiskSettings) {
    this.#settings = settings
    this.#space = new SpaceWatch(settings.directory, settings.minFreeBytes, settings.clock)
  }

  /**
   * Opens the directory, or makes it.
   *
   * @throws StoreError when it is in use, of a newer version, foreign or not writable; OptionError
   */
  static async open(options: DiskStoreOptions): Promise<DiskStore> {
    const settings = resolveDiskSettings(options)
    const { directory } = settings
    try {
      await makeDirectory(directory)
      await checkFormat(directory)
      const store = new DiskStore(settings)
      store.#lock = await DirectoryLock.take(directory, { ...settings, onLost: () => store.#loseLock() })
      await replaceFile(join(directory, 'format'), [Buffer.from(FORMAT_LINE)])
      await makeDirectory(join(directory, 'streams'))
      return store
    } catch (error) {
      if (!NOT_WRITABLE.has(systemCode(error) ?? '')) throw error
      const found = 'The data directory cannot be written'
      throw new StoreError('ERR_STORE_NOT_WRITABLE', directory, { found, cause: error })
    }
  }

  async openStream(name: string, options: StreamOptions): Promise<StreamStore> {
    if (this.#streams.has(name) || this.#opening.has(name)) {
      throw new Error(`the stream "${name}" is open already`)
    }
    this.#opening.add(name)
    try {
      const directory = join(this.#settings.directory, 'streams', name)
      const parts = { settings: this.#settings, space: this.#space, tails: this.#tails }
      const setup = { name, options, directory, ...parts }
      const stream = await DiskStream.open(setup)
      this.#streams.set(name, stream)
      return stream
    } finally {
      this.#opening.delete(name)
    }
  }

  health(): StoreHealth {
    for (const stream of this.#streams.values()) {
      const failure = stream.blocked()
      if (failure?.reason === 'failed') {
        const { detail, cause } = failure
        return { healthy: false, failure: { code: 'ERR_STORE_FAILED', stream: stream.name, detail, cause } }
      }
      if (stream.isFull()) {
        const detail = `no space is left in ${this.#settings.directory}. ${STORE_REMEDIES.ERR_STORE_NO_SPACE}`
        return { healthy: false, failure: { code: 'ERR_STORE_NO_SPACE', stream: stream.name, detail } }
      }
    }
    return { healthy: true }
  }

  async close(): Promise<void> {
    for (const stream of this.#streams.values()) await stream.close()
    this.#streams.clear()
    await this.#lock?.release()
  }

  #loseLock(): void {
    const found = 'Another process took the data directory'
    const { message } = new StoreError('ERR_STORE_IN_USE', this.#settings.directory, { found })
    for (const stream of this.#streams.values()) stream.giveUp({ reason: 'failed', detail: message })
  }
}

/** Refuses a directory of a newer version, and one that holds other things. */
async function checkFormat(directory: string): Promise<void> {
  const path = join(directory, 'format')
  const text = (await readIfThere(path))?.toString()
  if (text === undefined) {
    const others = (await readdir(directory)).filter((name) => !OWN_NAMES.test(name))
    if (others.length === 0) return
    const found = `The directory holds something else (${others[0]})`
    throw new StoreError('ERR_STORE_FOREIGN', directory, { found })
  }
  const version = Number(FORMAT.exec(text)?.[1])
  if (Number.isNaN(version)) {
    throw new StoreError('ERR_STORE_FOREIGN', path, { found: 'This is not a store’s data directory' })
  }
  if (version > VERSION) {
    const found = `The data directory is of version ${version}, and this gateway knows versions up to ${VERSION}`
    throw new StoreError('ERR_STORE_NEWER', path, { found })
  }
}
