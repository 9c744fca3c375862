/**
 * Opens the segments of a stream as a crash may have left them.
 *
 * A segment that was closed is known from its index; one without an index is
 * read through (`segment-scan.ts`). What is damaged had been acknowledged, so
 * it is an error, unless the user chose to go on.
 */

import { statSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '../store-error.ts'
import { readFully, writeFully } from './files.ts'
import { createSegment } from './log-writer.ts'
import { readChunk } from './record-reader.ts'
import { parseSegmentName, SEGMENT_HEADER_BYTES, Segment, segmentHeader } from './segment.ts'
import { readIds, readIndex, writeIndex } from './segment-index.ts'
import { SegmentList } from './segment-list.ts'
import { scanSegment } from './segment-scan.ts'
import { removeTwins } from './thin-segment.ts'

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

/** How many files are open at once. */
const AT_A_TIME = 64

interface Recovery {
  readonly isLast: boolean
  readonly options: RecoveryOptions
  readonly replayed: number[]
  readonly lost: number[]
}

/** Opens all segments; makes the first one in an empty directory. */
export async function recoverLog(options: RecoveryOptions): Promise<RecoveredLog> {
  const { directory } = options
  const names = (await readdir(directory)).sort()
  const found = names.filter((name) => name.endsWith('.log')).map((name) => segmentOf(directory, name))
  const logs = (await removeTwins(found)).sort((a, b) => a.firstSeq - b.firstSeq)
  const notes = { replayed: [] as number[], lost: [] as number[] }
  const segments = new SegmentList()
  await readIndexes(logs)
  for (const [i, segment] of logs.entries()) {
    const isLast = i === logs.length - 1
    try {
      await recoverSegment(segment, { ...notes, isLast, options })
    } catch (error) {
      for (const each of logs) await each.close()
      throw error
    }
    segments.add(segment)
  }
  const pastSegments = await readPast(directory, names)
  if (segments.isEmpty || segments.active.sealed) {
    const lastSeq = segments.isEmpty ? (pastSegments.at(-1)?.lastSeq ?? 0) : segments.active.lastSeq
    segments.add(await createSegment(directory, lastSeq + 1))
  }
  return { ...notes, segments, pastSegments }
}

async function recoverSegment(segment: Segment, recovery: Recovery): Promise<void> {
  if (segment.sealed) return checkLength(segment, recovery.options, recovery.lost)
  await segment.use((file) => readThrough(file, segment, recovery))
  // A damaged segment is never added to, so that the damage is told once.
  if (!recovery.isLast || segment.damaged) await writeIndex(segment)
}

function segmentOf(directory: string, name: string): Segment {
  const identity = parseSegmentName(name.slice(0, name.lastIndexOf('.')))
  if (identity) return new Segment(directory, identity)
  throw new StoreError('ERR_STORE_FOREIGN', join(directory, name), {
    found: 'This file is not the store’s own',
  })
}

async function readPast(directory: string, names: readonly string[]): Promise<Segment[]> {
  const there = new Set(names)
  const past = names
    .filter((name) => name.endsWith('.index') && !there.has(name.replace(/index$/, 'log')))
    .map((name) => segmentOf(directory, name))
  await readIndexes(past)
  return past.filter((segment) => segment.sealed)
}

/** Reads the indexes there are, many at a time, so that a long backlog is opened soon. */
async function readIndexes(segments: readonly Segment[]): Promise<void> {
  for (let i = 0; i < segments.length; i += AT_A_TIME) {
    await Promise.all(segments.slice(i, i + AT_A_TIME).map((segment) => readIndex(segment)))
  }
}

async function checkLength(segment: Segment, options: RecoveryOptions, lost: number[]): Promise<void> {
  const { size } = statSync(segment.logPath)
  if (size >= segment.end) return
  const found = `The file ends at byte ${size}, but ${segment.end} bytes had been flushed`
  if (options.onDamage === 'refuse') throw new StoreError('ERR_STORE_DAMAGED', segment.logPath, { found })
  segment.damaged = true
  segment.end = size
  const last = await segment.use((file) => lastWholeSeq(segment, file))
  for (let seq = last + 1; seq <= segment.lastSeq; seq++) lost.push(seq)
  segment.ids = await readIds(segment)
  await writeIndex(segment)
  options.onWarning(`${found}: ${segment.logPath}; the events behind it are lost`)
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

async function readThrough(file: FileHandle, segment: Segment, recovery: Recovery): Promise<void> {
  const { isLast, options, lost, replayed } = recovery
  const scan = await scanSegment(segment, file, isLast)
  if (scan.damagedAt !== undefined) await acceptDamage(segment, scan.damagedAt, options)
  lost.push(...scan.lost)
  replayed.push(...scan.replayed)
  if (scan.isHeaderBad) await writeFully(file, segmentHeader(segment.firstSeq), 0)
  if (isLast) await secureTail(file, scan.lastGroupStart, scan.end)
}

async function acceptDamage(segment: Segment, at: number, options: RecoveryOptions): Promise<void> {
  const found = `Acknowledged events are damaged at byte ${at}`
  if (options.onDamage === 'refuse') throw new StoreError('ERR_STORE_DAMAGED', segment.logPath, { found })
  segment.damaged = true
  await copyFile(segment.logPath, `${segment.logPath}.damaged`)
  options.onWarning(`${found}: ${segment.logPath}; a copy is kept beside it, what can be read is kept`)
}

/**
 * Cuts off what is torn, and writes the last group once more: it may be
 * known to the page cache only, and a client may already have been told that
 * its flush had failed.
 */
async function secureTail(file: FileHandle, from: number, end: number): Promise<void> {
  await file.truncate(end)
  await writeFully(file, await readFully(file, from, end - from), from)
  await file.sync()
}
