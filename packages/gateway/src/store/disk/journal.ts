/**
 * The journal of a stream: what happened to its events after they were taken.
 *
 * A frame is: 0 body length   4 CRC-32 of the body   8 body. The first byte of
 * a body says what it is. At the first frame that is not whole the reading
 * ends: what is lost there is only that some events had left, so they are
 * delivered again. Moves to and from the dead letters are flushed.
 *
 * When it has grown long the journal is replaced by a summary of itself.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { StoreError, systemCode } from '../store-error.ts'
import { readFully, replaceFile, writeFully } from './files.ts'
import { GroupCommit } from './group-commit.ts'

const HEADER = Buffer.from('SPILLJN1')
const FRAME_BYTES = 8
const MAX_GROUP_BYTES = 4 * 2 ** 20
const READ_BYTES = 2 ** 20
/** How much is added before the journal is replaced by its summary. */
const LONG_BYTES = 2 ** 20

/** One entry to be written. */
interface Entry {
  readonly body: Buffer
  readonly flushed: boolean
}

/** What a journal tells its owner, and asks of it. */
export interface JournalOwner {
  /** Takes note of one entry found at the opening. */
  replay(body: Buffer): void
  /** All that the journal has to say now, in few entries. What was added and not written yet may be among it. */
  summarise(): readonly Buffer[]
}

/** An append-only file of small entries, which replaces itself by its summary when it has grown long. */
export class Journal {
  readonly #path: string
  readonly #owner: JournalOwner
  readonly #commits = new GroupCommit<Entry>((entries) => this.#write(entries), MAX_GROUP_BYTES)
  #file: FileHandle
  #end: number
  #summariseAt: number
  #failed: unknown

  private constructor(path: string, owner: JournalOwner, opened: { file: FileHandle; end: number }) {
    this.#path = path
    this.#owner = owner
    this.#file = opened.file
    this.#end = opened.end
    this.#summariseAt = opened.end + LONG_BYTES
  }

  /** Opens the journal, or creates it, and tells the owner each whole entry in order. */
  static async open(path: string, owner: JournalOwner): Promise<Journal> {
    const file = await openOrCreate(path)
    const header = await readFully(file, 0, HEADER.length)
    if (!header.equals(HEADER)) {
      await file.close()
      throw new StoreError('ERR_STORE_DAMAGED', path, { found: 'The journal does not begin as one' })
    }
    const end = await replayAll(file, owner)
    // What lies behind the last whole entry was cut off by a crash.
    await file.truncate(end)
    return new Journal(path, owner, { file, end })
  }

  /**
   * Adds an entry. What it says is known to `summarise` already.
   *
   * @param flushed - whether it must survive a power failure before this resolves
   */
  add(body: Buffer, flushed: boolean): Promise<void> {
    return this.#commits.submit({ body, flushed }, body.length + FRAME_BYTES)
  }

  async close(): Promise<void> {
    await this.#commits.idle()
    await this.#file.close()
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    if (this.#failed) throw this.#failed
    const bytes = Buffer.concat(entries.map((entry) => frame(entry.body)))
    try {
      await writeFully(this.#file, bytes, this.#end)
    } catch (cause) {
      // What could not be written is said by the summary that comes instead of the next entry.
      this.#summariseAt = 0
      throw cause
    }
    if (entries.some((entry) => entry.flushed)) await this.#flush()
    this.#end += bytes.length
    if (this.#end > this.#summariseAt) await this.#replace()
  }

  async #flush(): Promise<void> {
    try {
      await this.#file.datasync()
    } catch (cause) {
      this.#failed = cause
      throw cause
    }
  }

  async #replace(): Promise<void> {
    const frames = this.#owner.summarise().map(frame)
    const size = frames.reduce((sum, each) => sum + each.length, HEADER.length)
    this.#summariseAt = Math.max(this.#end, size) + LONG_BYTES + 3 * size
    try {
      await replaceFile(this.#path, [HEADER, ...frames])
    } catch (error) {
      // Without space for the summary the long journal serves on.
      if (systemCode(error) === 'ENOSPC') return
      this.#failed = error
      throw error
    }
    const long = this.#file
    this.#file = await open(this.#path, 'r+')
    this.#end = size
    this.#summariseAt = LONG_BYTES + 4 * size
    await long.close()
  }
}

function frame(body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_BYTES + body.length)
  bytes.writeUInt32LE(body.length, 0)
  bytes.writeUInt32LE(crc32(body), 4)
  body.copy(bytes, FRAME_BYTES)
  return bytes
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    await replaceFile(path, [HEADER])
    return open(path, 'r+')
  }
}

async function replayAll(file: FileHandle, owner: JournalOwner): Promise<number> {
  let end = HEADER.length
  let chunk = await readFully(file, end, READ_BYTES)
  let at = 0
  for (;;) {
    const whole = chunk.length - at >= FRAME_BYTES ? FRAME_BYTES + chunk.readUInt32LE(at) : FRAME_BYTES
    if (chunk.length - at < whole) {
      const { size } = await file.stat()
      if (end + whole > size) return end
      chunk = await readFully(file, end, Math.max(READ_BYTES, whole))
      at = 0
      if (chunk.length < whole) return end
      continue
    }
    const body = chunk.subarray(at + FRAME_BYTES, at + whole)
    if (body.length === 0 || crc32(body) !== chunk.readUInt32LE(at + 4)) return end
    owner.replay(body)
    at += whole
    end += whole
  }
}
