/**
 * Appends payloads to a file, one a line, and flushes before it says that they
 * are delivered.
 *
 * Events that arrive while a write is under way share the next one and its
 * flush. After a failed write the file is cut back to its last whole line, or
 * the next write begins with a line feed: a line is never mixed from two
 * events. Absent: rotation.
 *
 * Imports `sink`, `lines`.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Envelope } from '../protocol/envelope.ts'
import { addLines } from './lines.ts'
import { DELIVERED, type DeliveryOutcome, type Sink } from './sink.ts'

const LINE_FEED = '\n'

/** Events that share one write. */
interface Batch {
  readonly lines: Uint8Array[]
  readonly outcome: Promise<DeliveryOutcome>
  readonly settle: (outcome: DeliveryOutcome) => void
}

/** What is found when a file is opened. */
interface FileState {
  readonly size: number
  readonly isFile: boolean
  readonly isTorn: boolean
}

/** A file that grows by whole lines. */
export class FileSink implements Sink {
  readonly #file: FileHandle
  /** Bytes of whole, flushed lines. */
  #size: number
  /** Whether the file may end in half a line. */
  #isTorn: boolean
  /** Pipes and devices have nothing to flush. */
  readonly #isFlushed: boolean
  #collecting: Batch | undefined
  #writing: Promise<void> | undefined
  #closed: Promise<void> | undefined

  private constructor(file: FileHandle, { size, isFile, isTorn }: FileState) {
    this.#file = file
    this.#size = size
    this.#isTorn = isTorn
    this.#isFlushed = isFile
  }

  /** Opens the file for appending; it and its directory are made when missing. */
  static async open(path: string): Promise<FileSink> {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'a+')
    const stat = await file.stat()
    const isFile = stat.isFile()
    const isTorn = isFile && !(await endsInLineFeed(file, stat.size))
    return new FileSink(file, { size: stat.size, isFile, isTorn })
  }

  deliver(events: readonly Envelope[]): Promise<DeliveryOutcome> {
    this.#collecting ??= newBatch()
    const batch = this.#collecting
    addLines(batch.lines, events)
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
    // One turn of the microtask queue, so that calls made together share the first write too.
    await undefined
    for (let batch = this.#collecting; batch; batch = this.#collecting) {
      this.#collecting = undefined
      batch.settle(await this.#write(batch.lines))
    }
    this.#writing = undefined
  }

  async #write(lines: readonly Uint8Array[]): Promise<DeliveryOutcome> {
    const bytes = Buffer.concat(this.#isTorn ? [Buffer.from(LINE_FEED), ...lines] : lines)
    try {
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

function newBatch(): Batch {
  let settle: Batch['settle'] = () => {}
  const outcome = new Promise<DeliveryOutcome>((resolve) => {
    settle = resolve
  })
  return { lines: [], outcome, settle }
}

async function endsInLineFeed(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return bytesRead === 1 && buffer.toString() === LINE_FEED
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause))
}
