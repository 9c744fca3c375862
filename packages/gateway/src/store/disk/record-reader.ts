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

/** A record and where it begins. */
export interface Located extends Decoded {
  readonly offset: number
}

/** What one reading gave. */
export interface Chunk {
  readonly records: readonly Located[]
  /** Where to read on; `end` when there is nothing more. */
  readonly next: number
  /** The bytes from `from` to `next` are no records. */
  readonly isDamaged: boolean
}

/** How much is read at once. A larger record is read whole. */
export const CHUNK_BYTES: number = 256 * 1024

const MAGIC_BYTES = Buffer.alloc(4)
MAGIC_BYTES.writeUInt32LE(RECORD_MAGIC)

/** Reads the records at the beginning of a stretch: at least one, or a damaged piece, unless it is empty. */
export async function readChunk(stretch: Stretch, chunkBytes: number = CHUNK_BYTES): Promise<Chunk> {
  const { file, from, end } = stretch
  if (from >= end) return { records: [], next: end, isDamaged: false }
  const source = await readFully(file, from, Math.min(chunkBytes, end - from))
  const records = decodeAll(source, stretch)
  const last = records.at(-1)
  if (last) return { records, next: last.offset + (last.end - last.start), isDamaged: false }
  const large = await readLarge(stretch, source)
  if (large) return { records: [large], next: large.offset + large.end, isDamaged: false }
  return { records: [], next: await findRecord({ ...stretch, from: from + 1 }), isDamaged: true }
}

function decodeAll(source: Buffer, stretch: Stretch): (Located & { readonly start: number })[] {
  const records: (Located & { readonly start: number })[] = []
  for (let at = 0; at < source.length; ) {
    const decoded = decodeRecord(source, at, stretch.salt)
    if (!decoded) break
    records.push({ ...decoded, offset: stretch.from + at, start: at })
    at = decoded.end
  }
  return records
}

async function readLarge({ file, salt, from, end }: Stretch, source: Buffer): Promise<Located | undefined> {
  const bytes = bytesNeeded(source, 0)
  if (!looksLikeRecord(source, 0) || bytes <= source.length || from + bytes > end) return undefined
  const decoded = decodeRecord(await readFully(file, from, bytes), 0, salt)
  return decoded && { ...decoded, offset: from }
}

/** Where the next whole record begins; `end` when there is none. */
async function findRecord(stretch: Stretch): Promise<number> {
  const { file, salt, end } = stretch
  for (let from = stretch.from; from < end; ) {
    const source = await readFully(file, from, Math.min(CHUNK_BYTES, end - from))
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
