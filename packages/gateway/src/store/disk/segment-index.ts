/**
 * What is kept of a full segment, so that an opening need not read it:
 *
 *   0 magic   8 CRC-32 of the head's rest   12 number of sparse entries
 *   16 firstSeq   24 lastSeq   32 bytes   40 end of the log   48 lastAtMs (doubles)
 *   56 CRC-32 of the ids   60 length of the ids   64 number of ids   68 four zeros
 *   72 sparse entries (two doubles each)
 *   then the ids: atMs (double), digest (8 bytes), length (4 bytes), key
 *
 * The ids come last: an opening reads them only from the newest segments.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { KnownId } from '../dedupe-window.ts'
import { systemCode } from '../store-error.ts'
import { readFully, replaceFile } from './files.ts'
import type { Segment } from './segment.ts'

const MAGIC = Buffer.from('SPILLIX1')
const FIXED_BYTES = 72
const ENTRY_BYTES = 16

/** Writes a segment's index, durably. From then on the segment is sealed. */
export async function writeIndex(segment: Segment): Promise<void> {
  const entries = segment.sparse.entries()
  const ids = encodeIds(segment.ids)
  const head = Buffer.alloc(FIXED_BYTES + ENTRY_BYTES * entries.length)
  MAGIC.copy(head)
  head.writeUInt32LE(entries.length, 12)
  head.writeDoubleLE(segment.firstSeq, 16)
  head.writeDoubleLE(segment.lastSeq, 24)
  head.writeDoubleLE(segment.bytes, 32)
  head.writeDoubleLE(segment.end, 40)
  head.writeDoubleLE(segment.lastAtMs, 48)
  head.writeUInt32LE(crc32(ids), 56)
  head.writeUInt32LE(ids.length, 60)
  head.writeUInt32LE(segment.idCount, 64)
  for (const [i, [seq, offset]] of entries.entries()) {
    head.writeDoubleLE(seq, FIXED_BYTES + ENTRY_BYTES * i)
    head.writeDoubleLE(offset, FIXED_BYTES + ENTRY_BYTES * i + 8)
  }
  head.writeUInt32LE(crc32(head.subarray(12)), 8)
  await replaceFile(segment.indexPath, [head, ids])
  segment.sealed = true
  segment.ids = []
}

/** Fills a segment from its index; `false` when there is none that can be trusted. */
export async function readIndex(segment: Segment): Promise<boolean> {
  const head = await withFile(segment.indexPath, (file) => readHead(file))
  if (!head || head.readDoubleLE(16) !== segment.firstSeq) return false
  segment.lastSeq = head.readDoubleLE(24)
  segment.bytes = head.readDoubleLE(32)
  segment.end = head.readDoubleLE(40)
  segment.lastAtMs = head.readDoubleLE(48)
  segment.idCount = head.readUInt32LE(64)
  for (let at = FIXED_BYTES; at < head.length; at += ENTRY_BYTES) {
    segment.sparse.load(head.readDoubleLE(at), head.readDoubleLE(at + 8))
  }
  segment.sealed = true
  return true
}

/** The ids in a segment's index, oldest first; none when they cannot be trusted. */
export async function readIds(segment: Segment): Promise<KnownId[]> {
  const bytes = await withFile(segment.indexPath, async (file) => {
    const head = await readHead(file)
    if (!head) return undefined
    const ids = await readFully(file, head.length, head.readUInt32LE(60))
    return crc32(ids) === head.readUInt32LE(56) ? ids : undefined
  })
  return bytes ? decodeIds(bytes) : []
}

async function withFile<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    return await read(file)
  } finally {
    await file.close()
  }
}

async function readHead(file: FileHandle): Promise<Buffer | undefined> {
  const fixed = await readFully(file, 0, FIXED_BYTES)
  if (fixed.length < FIXED_BYTES || !fixed.subarray(0, 8).equals(MAGIC)) return undefined
  const { size } = await file.stat()
  const length = FIXED_BYTES + ENTRY_BYTES * fixed.readUInt32LE(12)
  if (length > size) return undefined
  const head = await readFully(file, 0, length)
  return crc32(head.subarray(12)) === head.readUInt32LE(8) ? head : undefined
}

function encodeIds(ids: readonly KnownId[]): Buffer {
  const sizes = ids.map((id) => Buffer.byteLength(id.key))
  const target = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size + 20, 0))
  let at = 0
  for (const [i, id] of ids.entries()) {
    at = target.writeDoubleLE(id.atMs, at)
    at = target.writeBigUInt64LE(id.digest, at)
    at = target.writeUInt32LE(sizes[i] ?? 0, at)
    at += target.write(id.key, at)
  }
  return target
}

function decodeIds(source: Buffer): KnownId[] {
  const ids: KnownId[] = []
  for (let at = 0; at < source.length; ) {
    const end = at + 20 + source.readUInt32LE(at + 16)
    const key = source.toString('utf8', at + 20, end)
    ids.push({ key, digest: source.readBigUInt64LE(at + 8), atMs: source.readDoubleLE(at) })
    at = end
  }
  return ids
}
