/**
 * One file of the log: a header of 16 bytes, then records in the order of
 * their numbers. Only the newest segment of a stream is written to.
 *
 * A segment's file is unlinked when every event in it has left; its index
 * stays as long as its ids are in the dedupe window.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { KnownId } from '../dedupe-window.ts'
import type { NewEvent } from '../store.ts'
import { LeftSet } from './left-set.ts'
import { SparseIndex } from './sparse-index.ts'

export const SEGMENT_MAGIC: Buffer = Buffer.from('SPILLSG1')
export const SEGMENT_HEADER_BYTES = 16

const NAME = /^(\d{16})-([0-9a-f]{8})(?:-(\d+))?$/

/** What a segment's name says. Sorted by name, segments are sorted by number. */
export interface SegmentIdentity {
  readonly firstSeq: number
  /** A random number that every CRC in the segment begins with. */
  readonly salt: number
  /** How often it was rewritten with fewer records. */
  readonly generation: number
}

/** The segment's file name without its ending. */
export function segmentName({ firstSeq, salt, generation }: SegmentIdentity): string {
  const name = `${String(firstSeq).padStart(16, '0')}-${salt.toString(16).padStart(8, '0')}`
  return generation === 0 ? name : `${name}-${generation}`
}

/** Reads a name; `undefined` when it is not a segment's. */
export function parseSegmentName(name: string): SegmentIdentity | undefined {
  const [, firstSeq, salt, generation = '0'] = NAME.exec(name) ?? []
  if (firstSeq === undefined || salt === undefined) return undefined
  return { firstSeq: Number(firstSeq), salt: Number.parseInt(salt, 16), generation: Number(generation) }
}

/** The 16 bytes that a segment begins with. */
export function segmentHeader(firstSeq: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES)
  SEGMENT_MAGIC.copy(header)
  header.writeDoubleLE(firstSeq, 8)
  return header
}

/** What is known of one segment. */
export class Segment implements SegmentIdentity {
  readonly firstSeq: number
  readonly salt: number
  readonly generation: number
  readonly logPath: string
  readonly indexPath: string
  left: LeftSet
  sparse: SparseIndex = new SparseIndex()
  /** The number of the last event in it; `firstSeq - 1` when it is empty. */
  lastSeq: number
  /** Payload bytes of all that was ever put in. */
  bytes = 0
  /** Payload bytes of those that left, dead letters among them. */
  leftBytes = 0
  /** How many of those that left are dead letters, and so still need the file. */
  deadItems = 0
  deadBytes = 0
  /** How far the file is flushed, and so may be read. */
  end: number = SEGMENT_HEADER_BYTES
  /** The ids that came in with it, until its index is written. */
  ids: KnownId[] = []
  /** How many ids came in with it. */
  idCount = 0
  /** The newest event's time. */
  lastAtMs = 0
  /** Whether its index is on the disk: nothing more is added. */
  sealed = false
  damaged = false
  /** Whether the file is unlinked, or about to be. */
  isGone = false
  #handle: Promise<FileHandle> | undefined
  #users = 0
  #closeWhenIdle = false

  constructor(directory: string, identity: SegmentIdentity) {
    const { firstSeq, salt, generation } = identity
    this.firstSeq = firstSeq
    this.salt = salt
    this.generation = generation
    this.lastSeq = firstSeq - 1
    this.logPath = join(directory, `${segmentName(identity)}.log`)
    this.indexPath = join(directory, `${segmentName(identity)}.index`)
    this.left = new LeftSet(firstSeq)
  }

  /** How many events were ever put in. */
  get items(): number {
    return this.lastSeq - this.firstSeq + 1
  }

  /** Whether nobody needs the file any more. */
  get isDone(): boolean {
    return this.sealed && this.left.count >= this.items && this.deadItems === 0
  }

  /** Takes note of a record that lies, flushed, at the end. */
  note(
    event: Pick<NewEvent, 'payload' | 'receivedAtMs'>,
    id: KnownId | undefined,
    recordBytes: number,
  ): void {
    this.lastSeq++
    this.sparse.note(this.lastSeq, this.end)
    this.bytes += event.payload.length
    this.end += recordBytes
    if (event.receivedAtMs > this.lastAtMs) this.lastAtMs = event.receivedAtMs
    if (!id) return
    this.ids.push(id)
    this.idCount++
  }

  /** Works with the file, which is opened at need and stays open until `close`. */
  async use<T>(work: (file: FileHandle) => Promise<T>): Promise<T> {
    this.#users++
    try {
      return await work(await this.#file())
    } finally {
      this.#users--
      if (this.#closeWhenIdle) await this.close()
    }
  }

  /** Takes over a handle that is open already. */
  adopt(handle: FileHandle): void {
    this.#handle = Promise.resolve(handle)
  }

  /** Closes the file as soon as nobody works with it. */
  async close(): Promise<void> {
    this.#closeWhenIdle = this.#users > 0
    if (this.#closeWhenIdle) return
    const handle = this.#handle
    this.#handle = undefined
    await (await handle)?.close()
  }

  async #file(): Promise<FileHandle> {
    this.#handle ??= open(this.logPath, 'r+')
    try {
      return await this.#handle
    } catch (error) {
      this.#handle = undefined
      throw error
    }
  }
}
