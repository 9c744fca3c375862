/**
 * Takes the lines of a feed, in order, as there is room for them, and knows at
 * every moment how many were taken.
 *
 * Lines that came together are stored together, but never so many that
 * requests beside the feed would wait for them long. What is not whole is not
 * taken; what cannot be taken ends the feed at its line, the lines before it
 * taken.
 *
 * Imports `admission`, `delivery`, `protocol`, `store`.
 */
import type { FeedPace } from '../admission/feed-pace.ts'
import type { EventStream } from '../delivery/event-stream.ts'
import { TakeRefusal } from '../delivery/take-refusal.ts'
import type { FeedLine } from '../protocol/feed-lines.ts'
import { idOfEvent } from '../protocol/idempotency-key.ts'
import type { NewEvent } from '../store/store.ts'
import { systemWallNowMs } from '../store/wall-clock.ts'
import { newIds } from './new-ids.ts'

/** The most lines, and bytes, that are stored together. */
const MAX_BATCH = 512
const MAX_BATCH_BYTES = 256 * 2 ** 10
/** Of a stream's capacity a batch is at most this part. */
const CAPACITY_SHARE = 1 / 64

/** Where the lines go, and how they are called. */
export interface FeedTarget {
  readonly stream: EventStream
  readonly pace: FeedPace
  /** What every event of the feed has in common. */
  readonly common: Pick<NewEvent, 'tenant' | 'traceparent'>
  /** The sender's name for the feed: a line that comes again under it is a duplicate. */
  readonly key: string | undefined
}

/** Takes lines, and counts. */
export class FeedTaker {
  readonly #target: FeedTarget
  #accepted = 0
  #duplicates = 0
  #nextLine = 1

  constructor(target: FeedTarget) {
    this.#target = target
  }

  /** Events taken for the first time. */
  get accepted(): number {
    return this.#accepted
  }

  /** Events that had been taken before. */
  get duplicates(): number {
    return this.#duplicates
  }

  /** The first line that was not taken, from 1. */
  get nextLine(): number {
    return this.#nextLine
  }

  /**
   * Takes lines, waiting for tokens and places as long as it takes.
   *
   * @throws what `EventStream.take` throws; `signal.reason` when aborted. The lines before the one at fault were taken
   */
  async take(lines: readonly FeedLine[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < lines.length; ) {
      const to = this.#batchEnd(lines, from)
      await this.#target.pace.wait(to - from, signal)
      await this.#takeBatch(lines.slice(from, to), signal)
      from = to
    }
  }

  /** The end of a batch that begins at `from`. */
  #batchEnd(lines: readonly FeedLine[], from: number): number {
    const { stream, pace } = this.#target
    const { items, bytes } = stream.settings.backlog
    const mostItems = Math.max(1, Math.min(MAX_BATCH, pace.maxBatch, Math.floor(items * CAPACITY_SHARE)))
    const mostBytes = Math.min(MAX_BATCH_BYTES, bytes * CAPACITY_SHARE)
    let weight = 0
    let to = from
    while (to < lines.length && to - from < mostItems) {
      weight += lines[to]!.payload.length
      if (to > from && weight > mostBytes) break
      to++
    }
    return to
  }

  async #takeBatch(lines: readonly FeedLine[], signal: AbortSignal): Promise<void> {
    try {
      const { accepted, duplicates } = await this.#target.stream.takePatiently(this.#eventsOf(lines), {
        signal,
      })
      this.#accepted += accepted
      this.#duplicates += duplicates
      this.#nextLine = lines.at(-1)!.line + 1
    } catch (error) {
      const end = goodPart(error, lines.length)
      if (end === undefined) throw error
      await this.#takeBatch(lines.slice(0, end), signal)
      await this.#takeBatch(lines.slice(end), signal)
    }
  }

  #eventsOf(lines: readonly FeedLine[]): readonly NewEvent[] {
    const { common, key } = this.#target
    const receivedAtMs = systemWallNowMs()
    const first = this.#accepted + this.#duplicates
    const ids = key === undefined ? newIds(lines.length) : lines.map((_, i) => idOfEvent(key, first + i))
    return lines.map(({ payload }, index) => ({
      ...common,
      id: ids[index] as string, // one for each line
      dedupe: key !== undefined,
      receivedAtMs,
      contentType: 'application/json',
      payload,
    }))
  }
}

/** Where to divide a batch that is at fault because of one of its lines; `undefined` when it can't be. */
function goodPart(error: unknown, count: number): number | undefined {
  if (!(error instanceof TakeRefusal) || count <= 1) return undefined
  if (error.reason === 'too-large') return count >> 1
  return error.reason === 'id-conflict' ? Math.max(1, error.index ?? count >> 1) : undefined
}
