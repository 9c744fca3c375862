/**
 * Appends events to a file, one a line, and flushes before it says that they
 * are delivered.
 *
 * Events that arrive while a write is under way share the next one and its
 * flush. After a failed write the file is cut back to its last whole line, or
 * the next write begins with a line feed: a line is never mixed from two
 * events. A file that would grow above its bound first gets a number as its
 * ending, and a new one is begun; none is ever deleted.
 *
 * Imports `sink`, `lines`.
 */
import { type FileHandle, mkdir, open, readdir, rename } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { FileSinkSettings } from '../config/sink-settings.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { type LineForm, Lines } from './lines.ts'
import { asError, DELIVERED, type DeliveryOutcome, type Sink } from './sink.ts'

const LINE_FEED = '\n'

/** Events that share one write. */
interface Batch {
  readonly lines: Lines
  readonly outcome: Promise<DeliveryOutcome>
  readonly settle: (outcome: DeliveryOutcome) => void
}

/** Where the lines go, when a new file is begun, and what is written: the payload by default. */
export type FileSinkPlace = Pick<FileSinkSettings, 'path' | 'rotateBytes'> &
  Partial<Pick<FileSinkSettings, 'write'>>

/** What is found when a file is opened. */
interface FileState {
  readonly size: number
  readonly isFile: boolean
  readonly isTorn: boolean
}

/** A file that grows by whole lines. */
export class FileSink implements Sink {
  readonly takesMany = true
  readonly #path: string
  readonly #rotateBytes: number
  readonly #form: LineForm
  #file: FileHandle
  /** Bytes of whole, flushed lines. */
  #size: number
  /** Whether the file may end in half a line. */
  #isTorn: boolean
  /** Pipes and devices have nothing to flush. */
  readonly #isFlushed: boolean
  #collecting: Batch | undefined
  #writing: Promise<void> | undefined
  #closed: Promise<void> | undefined

  private constructor(settings: FileSinkPlace, file: FileHandle, { size, isFile, isTorn }: FileState) {
    this.#path = settings.path
    this.#rotateBytes = settings.rotateBytes ?? Number.POSITIVE_INFINITY
    this.#form = settings.write ?? 'payload'
    this.#file = file
    this.#size = size
    this.#isTorn = isTorn
    this.#isFlushed = isFile
  }

  /** Opens the file for appending; it and its directory are made when missing. */
  static async open(settings: FileSinkPlace): Promise<FileSink> {
    const { path } = settings
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'a+')
    const stat = await file.stat()
    const isFile = stat.isFile()
    const isTorn = isFile && !(await endsInLineFeed(file, stat.size))
    return new FileSink(settings, file, { size: stat.size, isFile, isTorn })
  }

  deliver(events: readonly EnvelopedEvent[]): Promise<DeliveryOutcome> {
    this.#collecting ??= newBatch(this.#form)
    const batch = this.#collecting
    batch.lines.add(events)
    this.#writing ??= this.#writeAll()
    return batch.outcome
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish()
    return this.#closed
  }

  async #finish(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }

  async #writeAll(): Promise<void> {
    // One turn of the event loop, so that events of requests read together share the first write too.
    await new Promise((resolve) => setImmediate(resolve))
    for (let batch = this.#collecting; batch; batch = this.#collecting) {
      this.#collecting = undefined
      batch.settle(await this.#write(batch.lines))
    }
    this.#writing = undefined
  }

  async #write(lines: Lines): Promise<DeliveryOutcome> {
    const bytes = lines.toBuffer(this.#isTorn)
    try {
      if (this.#size > 0 && this.#size + bytes.length > this.#rotateBytes) await this.#rotate()
      await this.#file.appendFile(bytes)
      if (this.#isFlushed) await this.#file.datasync()
      this.#size += bytes.length
      this.#isTorn = false
      return DELIVERED
    } catch (cause) {
      await this.#cutBack()
      return { kind: 'again', cause: asError(cause) }
    }
  }

  /** Every line in the file is flushed by now. */
  async #rotate(): Promise<void> {
    if (!this.#isFlushed) return
    const directory = dirname(this.#path)
    const number = await nextNumber(directory, basename(this.#path))
    // It is missing when somebody moved it, or the last rotation ended halfway.
    await rename(this.#path, `${this.#path}.${number}`).catch(ignoreMissing)
    const fresh = await open(this.#path, 'a+')
    await this.#file.close()
    this.#file = fresh
    this.#size = 0
    this.#isTorn = false
    await flushDirectory(directory)
  }

  /** Removes what a failed write may have left behind the last whole line. */
  async #cutBack(): Promise<void> {
    try {
      const { size } = await this.#file.stat()
      // A file that someone else made shorter must not be made longer by a truncation.
      if (size > this.#size) await this.#file.truncate(this.#size)
      this.#isTorn = size < this.#size
    } catch {
      this.#isTorn = true
    }
  }
}

function newBatch(form: LineForm): Batch {
  let settle: Batch['settle'] = () => {}
  const outcome = new Promise<DeliveryOutcome>((resolve) => {
    settle = resolve
  })
  return { lines: new Lines(form), outcome, settle }
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return
  throw error
}

/** One above the highest number that a rotated file has. */
async function nextNumber(directory: string, name: string): Promise<string> {
  const endings = (await readdir(directory))
    .filter((each) => each.startsWith(`${name}.`))
    .map((each) => Number(each.slice(name.length + 1)))
  const highest = Math.max(0, ...endings.filter(Number.isSafeInteger))
  return String(highest + 1).padStart(6, '0')
}

/** So that the names survive a power failure too. */
async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function endsInLineFeed(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return bytesRead === 1 && buffer.toString() === LINE_FEED
}
