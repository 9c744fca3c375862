/**
 * One feed: events taken as they arrive, for as long as the client likes.
 *
 * While there is no room nothing is read: the client stalls. A 202 says that
 * every line was taken. Whatever else ends a feed, the answer says how many
 * were, and from which line to go on.
 *
 * Imports `spillway`, `admission`, `observe`, `protocol`.
 */
import { systemClock } from 'spillway'
import { noMemory } from '../admission/admission.ts'
import type { ByteBudget } from '../admission/body-budget.ts'
import type { RequestRefusal } from '../admission/refusal.ts'
import { contentCoding } from '../protocol/content-encoding.ts'
import { type FeedBlock, FeedLines } from '../protocol/feed-lines.ts'
import { problemDocument } from '../protocol/problem.ts'
import { receiptAnswer } from './answer.ts'
import type { Exchange, Interruption } from './exchange.ts'
import { FEED_BYTES, FeedHold, type FeedMemory } from './feed-memory.ts'
import { FeedSource, type Piece } from './feed-source.ts'
import { FeedTaker, type FeedTarget } from './feed-taker.ts'
import type { Outcome } from './take-events.ts'

/** The bounds of a feed. */
export interface FeedBounds {
  /** The longest line, in bytes. */
  readonly maxLineBytes: number
  /** Milliseconds without a byte, while there is room. */
  readonly idleMs: number
  /** Milliseconds from its headers to its answer. */
  readonly timeoutMs: number
  readonly memory: FeedMemory
}

/** What a feed is made of. */
export interface FeedOptions {
  readonly target: FeedTarget
  readonly bounds: FeedBounds
  /** What its tenant may hold of the memory for bodies. */
  readonly part: ByteBudget
  /** Puts into the gateway's words why something could not be taken. */
  refusalOf(error: unknown): RequestRefusal
  /** The client went away without waiting for the answer, having had so many events taken. */
  onCut(taken: { readonly accepted: number; readonly duplicates: number }): void
}

/** How a feed ended: every line taken, or not. */
type End =
  | { readonly kind: 'whole' | 'gone' }
  | { readonly kind: 'refused'; readonly refusal: RequestRefusal }

/** Takes the events of a feed, and answers. The headers were looked at. */
export async function takeFeed(exchange: Exchange, options: FeedOptions, outcome: Outcome): Promise<void> {
  const hold = new FeedHold(options.bounds.memory, options.part)
  if (!hold.tryHold(FEED_BYTES)) return outcome.refuse(noMemory(), 'early')
  const feed = new Feed(exchange, options, hold)
  const { taker } = feed
  try {
    const end = await feed.run()
    const { accepted, duplicates } = taker
    if (end.kind === 'gone') {
      outcome.ledger.abandoned()
      options.onCut({ accepted, duplicates })
    } else if (end.kind === 'refused') {
      outcome.refuse(withCounts(end.refusal, taker, options.target), 'late')
    } else {
      outcome.ledger.fed()
      exchange.answer(receiptAnswer({ accepted, duplicates, durability: options.target.stream.durability }))
    }
  } finally {
    hold.release()
  }
}

class Feed {
  readonly taker: FeedTaker
  readonly #exchange: Exchange
  readonly #options: FeedOptions
  readonly #hold: FeedHold
  readonly #source: FeedSource
  readonly #lines: FeedLines
  readonly #stopping = new AbortController()
  #interruption: RequestRefusal | undefined

  constructor(exchange: Exchange, options: FeedOptions, hold: FeedHold) {
    const coding = contentCoding(exchange.request.headers['content-encoding']) ?? 'identity'
    this.taker = new FeedTaker(options.target)
    this.#exchange = exchange
    this.#options = options
    this.#hold = hold
    this.#source = new FeedSource(exchange.request, {
      coding: coding === 'identity' ? undefined : coding,
      tryHold: (bytes) => hold.tryHold(bytes),
    })
    this.#lines = new FeedLines(options.bounds.maxLineBytes)
  }

  async run(): Promise<End> {
    const { timeoutMs } = this.#options.bounds
    this.#exchange.onInterruption((interruption) => this.#interrupt(interruption))
    this.#exchange.onGone(() => this.#stopping.abort())
    this.#exchange.askForBody()
    const stopTimer = systemClock.schedule(timeoutMs, () => {
      const detail = `the feed lasted ${timeoutMs} ms (feedTimeoutMs); go on with another one`
      this.#interrupt({ refusal: { code: 'ERR_REQUEST_TIMEOUT', detail }, readsOn: false })
    })
    try {
      return await this.#pump()
    } catch (error) {
      return this.#endOf(error)
    } finally {
      stopTimer()
      this.#source.close()
    }
  }

  async #pump(): Promise<End> {
    for (;;) {
      const piece = await this.#source.next(this.#options.bounds.idleMs)
      const isEnd = piece.kind === 'end'
      if (!isEnd && piece.kind !== 'bytes') return this.#ended(piece)
      const block = isEnd ? this.#lines.finish() : this.#lines.push(piece.bytes)
      const refusal = await this.#take(block)
      if (refusal) return { kind: 'refused', refusal }
      if (isEnd) return { kind: 'whole' }
    }
  }

  async #take({ lines, fault }: FeedBlock): Promise<RequestRefusal | undefined> {
    await this.taker.take(lines, this.#stopping.signal)
    if (fault) {
      const code = fault.kind === 'malformed' ? 'ERR_MALFORMED_BODY' : 'ERR_BODY_TOO_LARGE'
      return { code, detail: `line ${fault.line}, ${fault.problem}` }
    }
    return this.#hold.tryHoldLine(this.#lines.heldBytes) ? undefined : noMemory()
  }

  #ended(piece: Exclude<Piece, { kind: 'bytes' | 'end' }>): End {
    switch (piece.kind) {
      case 'gone':
        return { kind: 'gone' }
      case 'no-memory':
        return { kind: 'refused', refusal: noMemory() }
      case 'broken':
        return { kind: 'refused', refusal: { code: 'ERR_MALFORMED_BODY', detail: piece.problem } }
      case 'idle': {
        const { idleMs } = this.#options.bounds
        const detail = `not a byte of the feed came for ${idleMs} ms (feedIdleTimeoutMs); send empty lines to keep it open`
        return { kind: 'refused', refusal: { code: 'ERR_REQUEST_TIMEOUT', detail } }
      }
      default:
        return this.#interruption ? { kind: 'refused', refusal: this.#interruption } : { kind: 'gone' }
    }
  }

  /** What an error met on the way means. */
  #endOf(error: unknown): End {
    if (this.#stopping.signal.aborted && error === this.#stopping.signal.reason) {
      return this.#interruption ? { kind: 'refused', refusal: this.#interruption } : { kind: 'gone' }
    }
    return { kind: 'refused', refusal: this.#options.refusalOf(error) }
  }

  #interrupt({ refusal, readsOn }: Interruption): void {
    this.#interruption ??= refusal
    if (readsOn) {
      this.#source.cutShort()
      return
    }
    this.#source.stop()
    this.#stopping.abort()
  }
}

/** The refusal, with what was taken before. */
function withCounts(
  refusal: RequestRefusal,
  { accepted, duplicates, nextLine }: FeedTaker,
  { stream }: FeedTarget,
): RequestRefusal {
  const detail = `${refusal.detail}; lines before line ${nextLine} were taken`
  const document = {
    ...problemDocument(refusal.code, detail),
    started: accepted > 0,
    ...{ accepted, duplicates, durability: stream.durability, line: nextLine },
  }
  return { ...refusal, detail, document: JSON.stringify(document) }
}
