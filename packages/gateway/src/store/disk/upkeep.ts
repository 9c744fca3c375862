/**
 * Work behind the scenes: full segments get their index, segments that nobody
 * needs are unlinked, sparse ones rewritten, indexes outside the dedupe window
 * unlinked too, and the age of the oldest event is found.
 */
import { rename, rm } from 'node:fs/promises'
import type { NewEvent } from '../store.ts'
import type { StreamBook } from '../stream-book.ts'
import type { DiskSettings } from './disk-settings.ts'
import type { LogReader } from './log-reader.ts'
import type { OpenLog } from './open-log.ts'
import { PastIndexes } from './past-indexes.ts'
import type { RecentEvents } from './recent-events.ts'
import type { Segment } from './segment.ts'
import { writeIndex } from './segment-index.ts'
import { isSparse, removeSegment, thinSegment } from './thin-segment.ts'

/** What upkeep works on. */
export interface UpkeepOptions {
  readonly log: OpenLog
  readonly book: StreamBook
  readonly reader: LogReader
  readonly recent: RecentEvents
  readonly settings: DiskSettings
}

const OLDEST_EVERY_MS = 250

/** Keeps a stream's files in order, one job at a time. */
export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #past: PastIndexes
  #jobs: Promise<void> = Promise.resolve()
  #retiring: Promise<void> | undefined
  #oldestSeq: number | undefined
  #lookingForOldest = false
  #closing = false
  readonly #thinning = new WeakSet<Segment>()
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: UpkeepOptions) {
    this.#options = options
    this.#past = new PastIndexes(options.log.pastSegments, options.book.dedupe, options.settings.wallNowMs)
  }

  /** What a crash left undone. */
  async afterOpening(): Promise<void> {
    await this.tidy()
    await this.#past.unlinkOld()
    await this.#lookForOldest()
  }

  /** A segment is full: writes its index, and those that could not be written before. */
  sealFull(): void {
    this.#later('a segment index could not be written', async () => {
      const { segments } = this.#options.log
      for (const each of segments.all()) {
        if (!each.sealed && each !== segments.active) await writeIndex(each)
      }
      await this.#past.unlinkOld()
      await this.tidy()
    })
  }

  /** Unlinks the segments that nobody needs any more, and has sparse ones rewritten. */
  tidy(): Promise<void> {
    this.#retiring ??= this.#retireAll().finally(() => {
      this.#retiring = undefined
    })
    return this.#retiring
  }

  /** An event came in; into an empty backlog, it is the oldest. */
  noteArrival(seq: number, event: Pick<NewEvent, 'receivedAtMs'> | undefined): void {
    const { book } = this.#options
    if (book.backlogItems > 0 || !event) return
    this.#oldestSeq = seq
    book.oldestReceivedAtMs = event.receivedAtMs
  }

  /**
   * Finds out about the oldest event, when the one that was the oldest has left. Until it is read it counts as old as the
   * one before it, and it is no older than that.
   */
  refreshOldest(): void {
    const { book, log, recent } = this.#options
    if (book.backlogItems === 0) return
    if (this.#oldestSeq !== undefined && log.state.isQueued(this.#oldestSeq)) return
    const seq = log.state.firstQueued(this.#oldestSeq)
    const receivedAtMs = seq === undefined ? undefined : recent.receivedAtMsOf(seq)
    if (receivedAtMs !== undefined) {
      this.#oldestSeq = seq
      book.oldestReceivedAtMs = receivedAtMs
    } else if (!this.#lookingForOldest && this.#mayLook()) {
      this.#later('the oldest event could not be read', () => this.#lookForOldest())
    }
  }

  /** Closes the newest segment too, so that the next opening need not read it, and ends all work. */
  async close(): Promise<void> {
    this.#closing = true
    const { active } = this.#options.log.segments
    if (active.items > 0) this.#later('the last segment could not be closed', () => writeIndex(active))
    await this.#jobs
    await this.#retiring
  }

  #mayLook(): boolean {
    const nowMs = this.#options.settings.clock.nowMs()
    if (nowMs - this.#lookedAtMs < OLDEST_EVERY_MS) return false
    this.#lookedAtMs = nowMs
    return true
  }

  async #lookForOldest(): Promise<void> {
    const { book, log, reader } = this.#options
    this.#lookingForOldest = true
    try {
      const seq = log.state.firstQueued(this.#oldestSeq)
      const event = seq === undefined ? undefined : await reader.get(seq)
      if (!event) return
      this.#oldestSeq = seq
      book.oldestReceivedAtMs = event.receivedAtMs
    } finally {
      this.#lookingForOldest = false
    }
  }

  async #retireAll(): Promise<void> {
    const { log } = this.#options
    for (const segment of log.segments.all()) {
      if (segment.isDone) await this.#retire(segment)
      else if (isSparse(segment) && !this.#thinning.has(segment) && !this.#closing) {
        this.#thinning.add(segment)
        this.#later('a sparse segment could not be rewritten', () => this.#thin(segment))
      }
    }
  }

  async #thin(old: Segment): Promise<void> {
    const { log, book, reader } = this.#options
    if (old.isGone || old.damaged) return
    const isNeeded = (seq: number): boolean => !old.left.has(seq) || book.dead.has(seq)
    const thin = await thinSegment(old, log.directory, isNeeded)
    if (old.isGone) return removeSegment(thin)
    thin.left = old.left
    thin.leftBytes = old.leftBytes
    thin.deadItems = old.deadItems
    thin.deadBytes = old.deadBytes
    log.segments.exchange(old, thin)
    await reader.drop(old)
    await removeSegment(old)
  }

  async #retire(segment: Segment): Promise<void> {
    const { log, book, reader, settings } = this.#options
    log.segments.remove(segment)
    book.correctBytes(segment.bytes - segment.leftBytes)
    await reader.drop(segment)
    try {
      if (segment.damaged) await rename(segment.logPath, `${segment.logPath}.damaged`)
      else await rm(segment.logPath, { force: true })
      this.#past.add(segment)
    } catch (error) {
      settings.onWarning(`a segment that nobody needs could not be removed: ${String(error)}`)
    }
  }

  #later(whenItFails: string, job: () => Promise<void>): void {
    this.#jobs = this.#jobs.then(job).catch((error) => {
      this.#options.settings.onWarning(`${whenItFails}: ${String(error)}`)
    })
  }
}
