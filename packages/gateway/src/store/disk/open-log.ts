/**
 * Opens a stream's directory: the segments, the journal, and what both say
 * together.
 */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { KnownId } from '../dedupe-window.ts'
import { StoreError } from '../store-error.ts'
import type { StreamBook } from '../stream-book.ts'
import { makeDirectory } from './files.ts'
import { Journal } from './journal.ts'
import { encodeEntry } from './journal-entries.ts'
import { type OnDamage, type RecoveredLog, recoverLog } from './log-recovery.ts'
import type { Segment } from './segment.ts'
import { readIds } from './segment-index.ts'
import type { SegmentList } from './segment-list.ts'
import { StreamState } from './stream-state.ts'

/** What opening needs. */
export interface OpenLogOptions {
  readonly directory: string
  readonly book: StreamBook
  readonly onDamage: OnDamage
  readonly onWarning: (sentence: string) => void
  readonly wallNowMs: () => number
}

/** An open log: its parts, in agreement with the books. */
export interface OpenLog {
  readonly directory: string
  readonly segments: SegmentList
  readonly state: StreamState
  readonly journal: Journal
  /** Segments of which only the index is left. */
  readonly pastSegments: readonly Segment[]
}

/** Opens a stream's log, creating it when there is none, and tells the books what was found. */
export async function openLog(options: OpenLogOptions): Promise<OpenLog> {
  const { directory } = options
  await makeDirectory(directory)
  const recovered = await recoverLog(options)
  try {
    return await agree(recovered, options)
  } catch (error) {
    for (const segment of recovered.segments.all()) await segment.close()
    throw error
  }
}

/** Brings segments, journal and books together. */
async function agree(recovered: RecoveredLog, options: OpenLogOptions): Promise<OpenLog> {
  const { segments, pastSegments, replayed, lost } = recovered
  const { directory, book } = options
  const state = new StreamState(segments, book)
  const journal = await openJournal(join(directory, 'journal'), state, options)
  state.forgetReplayed(replayed)
  const gone = lost.filter((seq) => state.leave(seq, 0))
  if (gone.length > 0) {
    const events = gone.map((seq) => ({ seq, bytes: 0 }))
    await journal.add(encodeEntry({ kind: 'left', events }), true)
  }
  state.tellBook(gone.length)
  await loadWindow([...pastSegments, ...segments.all()], options)
  return { directory, segments, state, journal, pastSegments }
}

/** Opens the journal. Without it nothing is lost: everything is delivered again. */
async function openJournal(path: string, state: StreamState, options: OpenLogOptions): Promise<Journal> {
  try {
    return await Journal.open(path, state)
  } catch (error) {
    const isDamaged = error instanceof StoreError && error.code === 'ERR_STORE_DAMAGED'
    if (!isDamaged || options.onDamage === 'refuse') throw error
    await rename(path, `${path}.damaged`)
    options.onWarning(`the journal is damaged and set aside: ${path}; what had been delivered comes again`)
    return Journal.open(path, state)
  }
}

/** Fills the dedupe window from the newest segments, as many as it takes. */
async function loadWindow(segments: readonly Segment[], { book, wallNowMs }: OpenLogOptions): Promise<void> {
  const nowMs = wallNowMs()
  const newestFirst = [...segments].sort((a, b) => b.firstSeq - a.firstSeq)
  const loaded: KnownId[][] = []
  let count = 0
  for (const segment of newestFirst) {
    if (count >= book.dedupe.maxKeys) break
    if (segment.items > 0 && nowMs - segment.lastAtMs >= book.dedupe.windowMs) continue
    const ids = segment.sealed ? await readIds(segment) : segment.ids
    loaded.push(ids)
    count += ids.length
  }
  for (const ids of loaded.reverse()) for (const id of ids) book.window.add(id, nowMs)
}
