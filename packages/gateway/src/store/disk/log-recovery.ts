/**
 * Opens the segments of a stream as a crash may have left them.
 *
 * A full segment is known from its index. One without an index is read
 * through. What was written but not flushed before a crash may be there in
 * part: it lies in the last group, was never acknowledged, and is cut off
 * from the first batch that is not whole. Damage before the last group had
 * been acknowledged, so it is an error, unless the user chose to go on.
 */
import type { FileHandle } from 'node:fs/promises'
import { copyFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KnownId } from '../dedupe-window.ts'
import { dedupeKey } from '../digest.ts'
import { StoreError } from '../store-error.ts'
import { readFully, writeFully } from './files.ts'
import { createSegment } from './log-writer.ts'
import type { Decoded } from './record.ts'
import { readChunk } from './record-reader.ts'
import { parseSegmentName, SEGMENT_HEADER_BYTES, Segment, segmentHeader } from './segment.ts'
import { readIds, readIndex, writeIndex } from './segment-index.ts'
import { SegmentList } from './segment-list.ts'

/** What to do about damage among acknowledged events. */
export type OnDamage = 'refuse' | 'skip'

/** How to recover. */
export interface RecoveryOptions {
  readonly directory: string
  readonly onDamage: OnDamage
  readonly onWarning: (sentence: string) => void
}

/** What recovery found besides the segments. */
export interface RecoveredLog {
  readonly segments: SegmentList
  /** Segments whose file is gone and whose ids are still of use. */
  readonly pastSegments: readonly Segment[]
  /** Dead letters that were put back under another number. */
  readonly replayed: readonly number[]
  /** Numbers of acknowledged events that can't be read. */
  readonly lost: readonly number[]
}

/** Opens all segments; makes the first one in an empty directory. */
export async function recoverLog(options: RecoveryOptions): Promise<RecoveredLog> {
  const { directory } = options
  const names = (await readdir(directory)).sort()
  const logs = names.filter((name) => name.endsWith('.log'))
  const replayed: number[] = []
  const lost: number[] = []
  const segments = new SegmentList()
  for (const [i, name] of logs.entries()) {
    const segment = segmentOf(directory, name)
    const isLast = i === logs.length - 1
    if (await readIndex(segment)) await checkLength(segment, options, lost)
    else await segment.use((file) => readThrough(file, { segment, isLast, options, replayed, lost }))
    // A damaged segment is never added to, so that the damage is told once.
    if ((!isLast || segment.damaged) && !segment.sealed) await writeIndex(segment)
    segments.add(segment)
  }
  const pastSegments = await readPast(directory, names)
  if (segments.isEmpty || segments.active.sealed) {
    const lastSeq = segments.isEmpty ? (pastSegments.at(-1)?.lastSeq ?? 0) : segments.active.lastSeq
    segments.add(await createSegment(directory, lastSeq + 1))
  }
  return { segments, pastSegments, replayed, lost }
}

function segmentOf(directory: string, name: string): Segment {
  const identity = parseSegmentName(name.slice(0, name.lastIndexOf('.')))
  if (identity) return new Segment(directory, identity)
  throw new StoreError('ERR_STORE_FOREIGN', join(directory, name), 'This file is not the store’s own')
}

async function readPast(directory: string, names: readonly string[]): Promise<Segment[]> {
  const past: Segment[] = []
  for (const name of names.filter((each) => each.endsWith('.index'))) {
    if (names.includes(name.replace(/index$/, 'log'))) continue
    const segment = segmentOf(directory, name)
    if (await readIndex(segment)) past.push(segment)
  }
  return past
}

async function checkLength(segment: Segment, options: RecoveryOptions, lost: number[]): Promise<void> {
  const { size } = await stat(segment.logPath)
  if (size >= segment.end) return
  const what = `The file ends at byte ${size}, but ${segment.end} bytes had been flushed`
  if (options.onDamage === 'refuse') throw new StoreError('ERR_STORE_DAMAGED', segment.logPath, what)
  segment.damaged = true
  segment.end = size
  const last = await segment.use((file) => lastWholeSeq(segment, file))
  for (let seq = last + 1; seq <= segment.lastSeq; seq++) lost.push(seq)
  segment.ids = await readIds(segment)
  await writeIndex(segment)
  options.onWarning(`${what}: ${segment.logPath}; the events behind it are lost`)
}

async function lastWholeSeq({ firstSeq, salt, end }: Segment, file: FileHandle): Promise<number> {
  let last = firstSeq - 1
  for (let from = SEGMENT_HEADER_BYTES; from < end; ) {
    const chunk = await readChunk({ file, salt, from, end })
    last = chunk.records.at(-1)?.seq ?? last
    from = chunk.next
  }
  return last
}

interface Reading {
  readonly segment: Segment
  readonly isLast: boolean
  readonly options: RecoveryOptions
  readonly replayed: number[]
  readonly lost: number[]
}

async function readThrough(file: FileHandle, reading: Reading): Promise<void> {
  const { segment, isLast, options } = reading
  const { size } = await file.stat()
  const survey = await surveySegment(segment, file, size)
  const flushedEnd = isLast ? survey.lastGroupStart : size
  if (await headerIsBad(segment, file, size)) {
    if (survey.lastSeq !== undefined) survey.gaps.unshift({ from: 0, to: SEGMENT_HEADER_BYTES })
    await writeFully(file, segmentHeader(segment.firstSeq), 0)
  }
  const damage = survey.gaps.filter((gap) => gap.from < flushedEnd)
  if (damage.length > 0) await acceptDamage(segment, damage, options)
  const cut = isLast ? wholeEnd(survey) : size
  await fill(reading, file, cut)
  if (isLast) await secureTail(file, Math.min(survey.lastGroupStart, cut), cut)
}

interface Survey {
  /** Pieces that are no records. */
  readonly gaps: { readonly from: number; readonly to: number }[]
  /** Where each batch ends that lies in the last group. */
  readonly batchEnds: number[]
  readonly lastGroupStart: number
  readonly lastSeq: number | undefined
}

/** Reads all headers once, to learn what had been flushed and what may be torn. */
async function surveySegment(segment: Segment, file: FileHandle, size: number): Promise<Survey> {
  const gaps: Survey['gaps'] = []
  let batchEnds: number[] = []
  let lastGroupStart = SEGMENT_HEADER_BYTES
  let lastSeq: number | undefined
  for (let from = SEGMENT_HEADER_BYTES; from < size; ) {
    const chunk = await readChunk({ file, salt: segment.salt, from, end: size })
    if (chunk.isDamaged) gaps.push({ from, to: chunk.next })
    for (const record of chunk.records) {
      if (record.groupStart !== lastGroupStart) batchEnds = []
      lastGroupStart = record.groupStart
      lastSeq = record.seq
      if (record.lastOfBatch) batchEnds.push(chunk.from + record.end)
    }
    from = chunk.next
  }
  return { gaps, batchEnds, lastGroupStart, lastSeq }
}

/** Where the log ends: behind the last batch before which everything is whole. */
function wholeEnd(survey: Survey): number {
  const torn = survey.gaps.find((gap) => gap.from >= survey.lastGroupStart)?.from ?? Number.POSITIVE_INFINITY
  const ends = survey.batchEnds.filter((end) => end <= torn)
  return ends.at(-1) ?? survey.lastGroupStart
}

async function headerIsBad(segment: Segment, file: FileHandle, size: number): Promise<boolean> {
  if (size < SEGMENT_HEADER_BYTES) return true
  return !(await readFully(file, 0, SEGMENT_HEADER_BYTES)).equals(segmentHeader(segment.firstSeq))
}

async function acceptDamage(
  segment: Segment,
  damage: readonly { readonly from: number; readonly to: number }[],
  options: RecoveryOptions,
): Promise<void> {
  const first = damage[0]?.from ?? 0
  const what = `Acknowledged events are damaged at byte ${first}`
  if (options.onDamage === 'refuse') throw new StoreError('ERR_STORE_DAMAGED', segment.logPath, what)
  segment.damaged = true
  await copyFile(segment.logPath, `${segment.logPath}.damaged`)
  options.onWarning(`${what}: ${segment.logPath}; a copy is kept beside it, what can be read is kept`)
}

/** Takes note of everything up to `cut`, passing over what cannot be read. */
async function fill({ segment, replayed, lost }: Reading, file: FileHandle, cut: number): Promise<void> {
  for (let from = SEGMENT_HEADER_BYTES; from < cut; ) {
    const chunk = await readChunk({ file, salt: segment.salt, from, end: cut })
    for (const record of chunk.records) {
      while (segment.lastSeq + 1 < record.seq) lost.push(++segment.lastSeq)
      segment.end = chunk.from + record.start
      segment.note(record.event, knownId(record), record.end - record.start)
      if (record.replayOf !== undefined) replayed.push(record.replayOf)
    }
    from = chunk.next
  }
  segment.end = cut
}

function knownId({ event, digest }: Decoded): KnownId | undefined {
  return digest === undefined ? undefined : { key: dedupeKey(event), digest, atMs: event.receivedAtMs }
}

/**
 * Cuts off what is torn, and writes the last group once more: it may be
 * known to the page cache only, and a client may already have been told that
 * its flush had failed.
 */
async function secureTail(file: FileHandle, from: number, cut: number): Promise<void> {
  await file.truncate(cut)
  await writeFully(file, await readFully(file, from, cut - from), from)
  await file.sync()
}
