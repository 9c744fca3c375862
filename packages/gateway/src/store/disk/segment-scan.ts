/**
 * Reads through a segment that has no index, and learns what is whole.
 *
 * What was written but not flushed before a crash may be there in part: it
 * lies in the last group, was never acknowledged, and is cut off from the
 * first batch that is not whole. What does not read as records before the
 * last group had been acknowledged: that is damage.
 */
import type { FileHandle } from 'node:fs/promises'
import type { KnownId } from '../dedupe-window.ts'
import { dedupeKey } from '../digest.ts'
import { readFully } from './files.ts'
import type { Decoded } from './record.ts'
import { readChunk } from './record-reader.ts'
import { SEGMENT_HEADER_BYTES, type Segment, segmentHeader } from './segment.ts'

/** What a scan found besides the records, which the segment has taken note of. */
export interface Scan {
  /** Where the first damaged piece begins, if there is any. */
  readonly damagedAt: number | undefined
  readonly isHeaderBad: boolean
  /** Where the last group begins, and where the last whole batch of it ends. */
  readonly lastGroupStart: number
  readonly end: number
  /** Numbers that were given to events that can't be read. */
  readonly lost: readonly number[]
  /** Dead letters that were put back under another number. */
  readonly replayed: readonly number[]
}

/** Records of the group that is being read; it is not known yet whether it is the last. */
interface OpenGroup {
  start: number
  records: { readonly record: Decoded; readonly from: number }[]
}

/**
 * Reads through a segment.
 *
 * @param mayBeTorn - whether its last group may be there in part: only the newest segment's
 */
export async function scanSegment(segment: Segment, file: FileHandle, mayBeTorn: boolean): Promise<Scan> {
  const { size } = await file.stat()
  const notes = { lost: [] as number[], replayed: [] as number[] }
  const gaps: number[] = []
  const group: OpenGroup = { start: SEGMENT_HEADER_BYTES, records: [] }
  for (let from = SEGMENT_HEADER_BYTES; from < size; ) {
    const chunk = await readChunk({ file, salt: segment.salt, from, end: size })
    if (chunk.isDamaged) gaps.push(from)
    for (const record of chunk.records) {
      if (record.groupStart !== group.start) closeGroup(segment, group, notes)
      group.start = record.groupStart
      group.records.push({ record, from: chunk.from })
    }
    from = chunk.next
  }
  const flushedEnd = mayBeTorn ? group.start : size
  const end = mayBeTorn ? cutGroup(group, gaps) : size
  closeGroup(segment, group, notes)
  segment.end = end
  const isHeaderBad = await hasBadHeader(segment, file)
  if (isHeaderBad && segment.items > 0) gaps.unshift(0)
  const damagedAt = gaps.find((gap) => gap < flushedEnd)
  return { ...notes, damagedAt, isHeaderBad, lastGroupStart: Math.min(group.start, end), end }
}

/** Drops from the last group what is torn; returns where the rest ends. */
function cutGroup(group: OpenGroup, gaps: readonly number[]): number {
  const torn = gaps.find((gap) => gap >= group.start) ?? Number.POSITIVE_INFINITY
  const ends = group.records
    .filter(({ record, from }) => record.lastOfBatch && from + record.end <= torn)
    .map(({ record, from }) => from + record.end)
  const end = ends.at(-1) ?? group.start
  group.records = group.records.filter(({ record, from }) => from + record.end <= end)
  return end
}

/** Takes note of a group's records, passing over what cannot be read. */
function closeGroup(segment: Segment, group: OpenGroup, notes: { lost: number[]; replayed: number[] }): void {
  for (const { record, from } of group.records) {
    while (segment.lastSeq + 1 < record.seq) notes.lost.push(++segment.lastSeq)
    segment.end = from + record.start
    segment.note(record.event, knownId(record), record.end - record.start)
    if (record.replayOf !== undefined) notes.replayed.push(record.replayOf)
  }
  group.records = []
}

function knownId({ event, digest }: Decoded): KnownId | undefined {
  return digest === undefined ? undefined : { key: dedupeKey(event), digest, atMs: event.receivedAtMs }
}

async function hasBadHeader(segment: Segment, file: FileHandle): Promise<boolean> {
  const header = await readFully(file, 0, SEGMENT_HEADER_BYTES)
  return !header.equals(segmentHeader(segment.firstSeq))
}
