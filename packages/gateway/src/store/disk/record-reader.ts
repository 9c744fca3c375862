/**
 * Reads records from a segment file by the chunk, and finds its way again
 * behind damaged bytes.
 */
import type { FileHandle } from 'node:fs/promises'
import { readFully } from './files.ts'
import { bytesNeeded, type Decoded, decodeRecord, looksLikeRecord, RECORD_MAGIC } from './record.ts'

/** Where to read: the bytes from `from` to `end` of `file`. */
export interface Stretch {
  readonly file: FileHandle
  readonly salt: number
  readonly from: number
  readonly end: number
}

/** What one reading gave. */
export interface Chunk {
  /** Where in the file the bytes begin that `start` and `end` of a record count from. */
  readonly from: number
  readonly records: readonly Decoded[]
  /** Where to read on; `end` when there is nothing more. */
  readonly next: number
  /** The bytes from `from` to `next` are no records. */
  readonly isDamaged: boolean
}

/** How much to read at once. A larger record is read whole. */
export interface ChunkSize {
  readonly bytes: number
  readonly records: number
}

/** The most that is read at once. */
export const LARGE_CHUNK: ChunkSize = { bytes: 256 * 1024, records: Number.POSITIVE_INFINITY }

const MAGIC_BYTES = Buffer.alloc(4)
MAGIC_BYTES.writeUInt32LE(RECORD_MAGIC)

/** Reads the records at the beginning of a stretch: at least one, or a damaged piece, unless it is empty. */
export async function readChunk(stretch: Stretch, size: ChunkSize = LARGE_CHUNK): Promise<Chunk> {
  const { file, from, end } = stretch
  if (from >= end) return { from, records: [], next: end, isDamaged: false }
  const source = await readFully(file, from, Math.min(size.bytes, end - from))
  const records = decodeAll(source, stretch.salt, size.records)
  const last = records.at(-1) ?? (await readLarge(stretch, source))
  if (!last) return { from, records, next: await findRecord({ ...stretch, from: from + 1 }), isDamaged: true }
  return { from, records: records.length > 0 ? records : [last], next: from + last.end, isDamaged: false }
}

function decodeAll(source: Buffer, salt: number, most: number): Decoded[] {
  const records: Decoded[] = []
  for (let at = 0; at < source.length && records.length < most; ) {
    const decoded = decodeRecord(source, at, salt)
    if (!decoded) break
    records.push(decoded)
    at = decoded.end
  }
  return records
}

async function readLarge({ file, salt, from, end }: Stretch, source: Buffer): Promise<Decoded | undefined> {
  const bytes = bytesNeeded(source, 0)
  if (!looksLikeRecord(source, 0) || bytes <= source.length || from + bytes > end) return undefined
  return decodeRecord(await readFully(file, from, bytes), 0, salt)
}

/** Where the next whole record begins; `end` when there is none. */
async function findRecord(stretch: Stretch): Promise<number> {
  const { file, salt, end } = stretch
  for (let from = stretch.from; from < end; ) {
    const source = await readFully(file, from, Math.min(LARGE_CHUNK.bytes, end - from))
    const at = source.indexOf(MAGIC_BYTES)
    if (at < 0) {
      if (source.length < MAGIC_BYTES.length) return end
      from += source.length - (MAGIC_BYTES.length - 1)
      if (from + MAGIC_BYTES.length > end) return end
      continue
    }
    const offset = from + at
    const rest = source.subarray(at)
    const here = { file, salt, from: offset, end }
    if (decodeRecord(rest, 0, salt) ?? (await readLarge(here, rest))) return offset
    from = offset + 1
  }
  return end
}
