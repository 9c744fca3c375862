/**
 * Indexes whose segment is gone: kept while their ids are in the dedupe
 * window, since a duplicate may come long after the delivery.
 */
import { rm } from 'node:fs/promises'
import type { DedupeOptions } from '../dedupe-window.ts'
import type { Segment } from './segment.ts'

/** The indexes of past segments, oldest first. */
export class PastIndexes {
  readonly #dedupe: DedupeOptions
  readonly #wallNowMs: () => number
  #segments: Segment[]

  constructor(segments: readonly Segment[], dedupe: DedupeOptions, wallNowMs: () => number) {
    this.#segments = [...segments]
    this.#dedupe = dedupe
    this.#wallNowMs = wallNowMs
  }

  /** A segment's log is gone; its index stays. */
  add(segment: Segment): void {
    this.#segments.push(segment)
  }

  /** Unlinks the indexes that hold nothing the window would remember. */
  async unlinkOld(): Promise<void> {
    const oldestMs = this.#wallNowMs() - this.#dedupe.windowMs
    const newestFirst = [...this.#segments].sort((a, b) => b.firstSeq - a.firstSeq)
    let newerIds = 0
    for (const segment of newestFirst) {
      const isOld = segment.lastAtMs <= oldestMs || newerIds >= this.#dedupe.maxKeys || segment.idCount === 0
      newerIds += segment.idCount
      if (!isOld) continue
      await rm(segment.indexPath, { force: true })
      this.#segments = this.#segments.filter((each) => each !== segment)
    }
  }
}
