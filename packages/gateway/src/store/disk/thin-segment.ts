/**
 * Rewrites a segment of which little is still needed, so that a few dead
 * letters or late retries don't hold much space.
 *
 * The new file has a name of its own, is complete with its index before the
 * old one goes, and keeps every number. A crash in between leaves two: then
 * the complete one with the highest generation counts (`removeTwins`).
 */
import type { FileHandle } from 'node:fs/promises'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { replaceFile } from './files.ts'
import { type Decoded, RecordWriter } from './record.ts'
import { readChunk } from './record-reader.ts'
import { SEGMENT_HEADER_BYTES, Segment, segmentHeader } from './segment.ts'
import { readIds, readIndex, writeIndex } from './segment-index.ts'

/** What an event costs in the file beside its payload, at least. */
const OVERHEAD_BYTES = 200
const SMALLEST_BYTES = 8 * 1024

/** Whether less than a quarter of a segment's file is still needed. */
export function isSparse(segment: Segment): boolean {
  const { sealed, items, left, deadItems, bytes, leftBytes, deadBytes, end } = segment
  if (!sealed || end < SMALLEST_BYTES) return false
  const needed = bytes - leftBytes + deadBytes + OVERHEAD_BYTES * (items - left.count + deadItems)
  return 4 * needed < end
}

/**
 * Writes a segment with only the records that `isNeeded`, durably. The old one is left as it is: the caller
 * exchanges the two, and then calls `removeSegment` with the old one.
 */
export async function thinSegment(
  segment: Segment,
  directory: string,
  isNeeded: (seq: number) => boolean,
): Promise<Segment> {
  const { firstSeq, salt, generation } = segment
  const thin = new Segment(directory, { firstSeq, salt, generation: generation + 1 })
  const parts = await segment.use((file) => collect(segment, file, isNeeded, thin))
  await replaceFile(thin.logPath, [segmentHeader(firstSeq), ...parts])
  thin.end = parts.reduce((sum, part) => sum + part.length, SEGMENT_HEADER_BYTES)
  thin.lastSeq = segment.lastSeq
  thin.bytes = segment.bytes
  thin.lastAtMs = segment.lastAtMs
  thin.idCount = segment.idCount
  thin.ids = await readIds(segment)
  await writeIndex(thin)
  return thin
}

/** Removes a segment that another has taken the place of. */
export async function removeSegment(segment: Segment): Promise<void> {
  await rm(segment.logPath, { force: true })
  await rm(segment.indexPath, { force: true })
}

/** Removes what a crash left of an exchange; returns the segments that count. */
export async function removeTwins(segments: readonly Segment[]): Promise<Segment[]> {
  const kept = new Map<number, Segment>()
  for (const segment of segments) {
    const twin = kept.get(segment.firstSeq)
    kept.set(segment.firstSeq, twin ? await betterOf(twin, segment) : segment)
  }
  return [...kept.values()]
}

async function betterOf(a: Segment, b: Segment): Promise<Segment> {
  const [older, newer] = a.generation < b.generation ? [a, b] : [b, a]
  const isComplete = await readIndex(new Segment(dirname(newer.logPath), newer))
  await removeSegment(isComplete ? older : newer)
  return isComplete ? newer : older
}

async function collect(
  segment: Segment,
  file: FileHandle,
  isNeeded: (seq: number) => boolean,
  thin: Segment,
): Promise<Buffer[]> {
  const { salt, end } = segment
  const parts: Buffer[] = []
  let offset = SEGMENT_HEADER_BYTES
  for (let from = SEGMENT_HEADER_BYTES; from < end; ) {
    const chunk = await readChunk({ file, salt, from, end })
    for (const record of chunk.records.filter(({ seq }) => isNeeded(seq))) {
      const part = reencode(record, salt)
      thin.sparse.note(record.seq, offset)
      offset += part.length
      parts.push(part)
    }
    from = chunk.next
  }
  return parts
}

function reencode(record: Decoded, salt: number): Buffer {
  const writer = new RecordWriter(Buffer.alloc(record.end - record.start), salt)
  writer.write(record.event, record)
  return writer.written()
}
