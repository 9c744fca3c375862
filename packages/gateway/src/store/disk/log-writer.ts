/**
 * The only writer of a stream's log: encodes a group of batches, writes it,
 * flushes it, and only then says so.
 *
 * A full disk refuses the group and leaves no trace. After any other failed
 * write, and after any failed flush, the writer takes nothing more: what the
 * disk holds is then unknown, and asking again would be answered with a lie
 * (the kernel forgets the pages that it could not write).
 */
import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import type { CommitFailure } from '../append-flow.ts'
import type { KnownId } from '../dedupe-window.ts'
import type { NewEvent } from '../store.ts'
import { STORE_REMEDIES, systemCode } from '../store-error.ts'
import { syncDirectory, writeFully } from './files.ts'
import { GroupCommit } from './group-commit.ts'
import { mostRecordBytes, RecordWriter } from './record.ts'
import { Segment, segmentHeader } from './segment.ts'
import type { SegmentList } from './segment-list.ts'
import type { SpaceWatch } from './space-watch.ts'

/** Events to be written together. */
export interface NewRecords {
  readonly events: readonly NewEvent[]
  /** One for each event, or `undefined`. */
  readonly ids: readonly (KnownId | undefined)[]
  /** Which dead letter each event was, when they are put back. */
  readonly replayOf: readonly (number | undefined)[] | undefined
}

/** A batch to be written. */
export interface NewBatch extends NewRecords {
  /** The most bytes that its records take. */
  readonly mostBytes: number
  /** Called with its first number in the turn in which the batch has become durable and readable. */
  readonly onCommitted: (firstSeq: number) => void
}

/** Makes a batch of records. */
export function newBatch(
  { events, ids, replayOf }: NewRecords,
  onCommitted: NewBatch['onCommitted'],
): NewBatch {
  let mostBytes = 0
  for (const event of events) mostBytes += mostRecordBytes(event)
  return { events, ids, replayOf, mostBytes, onCommitted }
}

/** What the writer needs. */
export interface LogWriterOptions {
  readonly directory: string
  readonly segments: SegmentList
  readonly segmentBytes: number
  readonly space: SpaceWatch
  /** A segment is full: nothing more is added to it, its index can be written. */
  readonly onFull: () => void
}

/** Thrown by the writer; carries what the client is told. */
export class CommitError extends Error {
  readonly failure: CommitFailure

  constructor(failure: CommitFailure) {
    super(failure.detail, { cause: failure.cause })
    this.failure = failure
  }
}

const MAX_GROUP_BYTES = 8 * 2 ** 20
const NO_SPACE_CODES = new Set(['ENOSPC', 'EDQUOT'])

/** Appends batches to the newest segment, many to one flush. */
export class LogWriter {
  readonly #options: LogWriterOptions
  readonly #commits = new GroupCommit<NewBatch>((batches) => this.#commit(batches), MAX_GROUP_BYTES)
  #poison: CommitFailure | undefined
  #isFull = false

  constructor(options: LogWriterOptions) {
    this.#options = options
  }

  /** Why nothing is taken any more, if so. */
  get poison(): CommitFailure | undefined {
    return this.#poison
  }

  /** Whether the last group found the disk full. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Space was found again. */
  forgetFull(): void {
    this.#isFull = false
  }

  /**
   * Resolves when the batch is flushed.
   *
   * @throws CommitError
   */
  submit(batch: NewBatch): Promise<void> {
    return this.#commits.submit(batch, batch.mostBytes)
  }

  idle(): Promise<void> {
    return this.#commits.idle()
  }

  async #commit(batches: readonly NewBatch[]): Promise<void> {
    if (this.#poison) throw new CommitError(this.#poison)
    const bytes = batches.reduce((sum, batch) => sum + batch.mostBytes, 0)
    if (!(await this.#hasRoom(bytes))) throw this.#full(undefined)
    await this.#rollBefore(bytes)
    const segment = this.#options.segments.active
    const { group, ends } = encodeGroup(batches, segment, bytes)
    await this.#write(segment, group)
    await this.#flush(segment)
    this.#isFull = false
    let firstSeq = segment.lastSeq + 1
    noteGroup(segment, batches, ends)
    for (const batch of batches) {
      batch.onCommitted(firstSeq)
      firstSeq += batch.events.length
    }
  }

  async #hasRoom(bytes: number): Promise<boolean> {
    try {
      return await this.#options.space.hasRoom(bytes)
    } catch (cause) {
      throw this.#poisoned('the volume could not be asked for its free space', cause)
    }
  }

  async #write(segment: Segment, group: Buffer): Promise<void> {
    try {
      await segment.use((file) => writeFully(file, group, segment.end))
    } catch (cause) {
      if (!NO_SPACE_CODES.has(systemCode(cause) ?? '')) throw this.#poisoned('a write failed', cause)
      await this.#takeBack(segment)
      throw this.#full(cause)
    }
  }

  async #takeBack(segment: Segment): Promise<void> {
    try {
      await segment.use(async (file) => {
        await file.truncate(segment.end)
        await file.sync()
      })
    } catch (cause) {
      throw this.#poisoned('an unfinished write could not be taken back', cause)
    }
  }

  async #flush(segment: Segment): Promise<void> {
    try {
      await segment.use((file) => file.datasync())
    } catch (cause) {
      throw this.#poisoned('a flush failed', cause)
    }
  }

  async #rollBefore(bytes: number): Promise<void> {
    const { segments, segmentBytes, directory, onFull } = this.#options
    const full = segments.active
    if (full.items === 0 || full.end + bytes <= segmentBytes) return
    try {
      segments.add(await createSegment(directory, full.lastSeq + 1))
    } catch (cause) {
      if (NO_SPACE_CODES.has(systemCode(cause) ?? '')) throw this.#full(cause)
      throw this.#poisoned('a new segment could not be made', cause)
    }
    onFull()
  }

  #full(cause: unknown): CommitError {
    this.#isFull = true
    const detail = `no space is left in ${this.#options.directory}. ${STORE_REMEDIES.ERR_STORE_NO_SPACE}`
    return new CommitError({ reason: 'no-space', detail, cause })
  }

  #poisoned(what: string, cause: unknown): CommitError {
    const because = cause instanceof Error ? ` (${cause.message})` : ''
    const detail = `${what}${because} in ${this.#options.directory}. ${STORE_REMEDIES.ERR_STORE_FAILED}`
    this.#poison ??= { reason: 'failed', detail, cause }
    return new CommitError(this.#poison)
  }
}

/** Makes an empty segment, durably. */
export async function createSegment(directory: string, firstSeq: number): Promise<Segment> {
  const segment = new Segment(directory, { firstSeq, salt: randomBytes(4).readUInt32LE(), generation: 0 })
  const file = await open(segment.logPath, 'wx+')
  try {
    await writeFully(file, segmentHeader(firstSeq), 0)
    await file.sync()
    await syncDirectory(directory)
  } catch (error) {
    await file.close()
    await rm(segment.logPath, { force: true })
    throw error
  }
  segment.adopt(file)
  return segment
}

interface EncodedGroup {
  readonly group: Buffer
  /** Where each record ends in it. */
  readonly ends: readonly number[]
}

function encodeGroup(batches: readonly NewBatch[], segment: Segment, mostBytes: number): EncodedGroup {
  const writer = new RecordWriter(Buffer.allocUnsafe(mostBytes), segment.salt)
  const { end: groupStart } = segment
  const ends: number[] = []
  let seq = segment.lastSeq
  for (const { events, ids, replayOf } of batches) {
    for (let i = 0; i < events.length; i++) {
      const event = events[i] as NewEvent // within the array's length
      const lastOfBatch = i === events.length - 1
      const facts = { seq: ++seq, groupStart, lastOfBatch, digest: ids[i]?.digest, replayOf: replayOf?.[i] }
      ends.push(writer.write(event, facts))
    }
  }
  return { group: writer.written(), ends }
}

function noteGroup(segment: Segment, batches: readonly NewBatch[], ends: readonly number[]): void {
  let count = 0
  let start = 0
  for (const { events, ids } of batches) {
    for (let i = 0; i < events.length; i++) {
      const event = events[i] as NewEvent // within the array's length
      const end = ends[count++] ?? start
      segment.note(event, ids[i], end - start)
      start = end
    }
  }
}
