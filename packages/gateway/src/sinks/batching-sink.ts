/**
 * Gives events to a sink together: as soon as there are enough of them, or the
 * first has waited long enough. They share their outcome, unless they are
 * refused for good: then they are given in halves (`halves.ts`), so that no
 * event is lost for another's sake.
 *
 * Imports `halves`, `sink`, `protocol`.
 */
import { type Cancel, type Clock, systemClock } from 'spillway'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { Halves } from './halves.ts'
import type { Attempt, DeliveryOutcome, Sink } from './sink.ts'

/** When a batch is given away. */
export interface BatchBounds {
  readonly size: number
  readonly intervalMs: number
  /** Bytes of payload. What is larger by itself goes alone. */
  readonly maxBytes: number
}

/** Batches of more payload than this are not under way at once: each may be held twice, as events and as a body. */
const MAX_UNDER_WAY_BYTES = 64 * 2 ** 20

/** The events of one call: they share their outcome, and are never divided. */
interface Call {
  readonly events: readonly EnvelopedEvent[]
  settle(outcome: DeliveryOutcome): void
}

interface Batch {
  readonly calls: Call[]
  items: number
  bytes: number
  attempt: number
}

/** A sink before a sink. */
export class BatchingSink implements Sink {
  readonly #sink: Sink
  readonly #bounds: BatchBounds
  readonly #clock: Clock
  /** It is being filled. */
  #batch: Batch | undefined
  #cancel: Cancel = () => {}
  /** Those that are full, and wait until others are done. */
  readonly #waiting: Batch[] = []
  readonly #underWay = new Set<Promise<void>>()
  #bytesUnderWay = 0
  #isClosed = false

  constructor(sink: Sink, bounds: BatchBounds, clock: Clock = systemClock) {
    this.#sink = sink
    this.#bounds = bounds
    this.#clock = clock
  }

  deliver(events: readonly EnvelopedEvent[], { attempt }: Attempt): Promise<DeliveryOutcome> {
    const { size, maxBytes } = this.#bounds
    const bytes = events.reduce((sum, { payload }) => sum + payload.length, 0)
    if (this.#batch && this.#batch.bytes + bytes > maxBytes) this.#flush()
    const batch = this.#batch ?? this.#begin()
    batch.items += events.length
    batch.bytes += bytes
    batch.attempt = Math.max(batch.attempt, attempt)
    return new Promise((settle) => {
      batch.calls.push({ events, settle })
      if (batch.items >= size || batch.bytes >= maxBytes) this.#flush()
    })
  }

  async close(): Promise<void> {
    this.#flush()
    this.#isClosed = true
    await this.#sink.close()
    this.#run()
    await Promise.all(this.#underWay)
  }

  #begin(): Batch {
    this.#batch = { calls: [], items: 0, bytes: 0, attempt: 0 }
    this.#cancel = this.#clock.schedule(this.#bounds.intervalMs, () => this.#flush())
    return this.#batch
  }

  #flush(): void {
    if (!this.#batch) return
    this.#cancel()
    this.#waiting.push(this.#batch)
    this.#batch = undefined
    this.#run()
  }

  /** Gives away what waits, as far as it may be under way. */
  #run(): void {
    for (;;) {
      const next = this.#waiting[0]
      if (!next) return
      const isTooMuch = this.#bytesUnderWay + next.bytes > MAX_UNDER_WAY_BYTES
      if (isTooMuch && this.#underWay.size > 0 && !this.#isClosed) return
      this.#waiting.shift()
      this.#send(next)
    }
  }

  #send(batch: Batch): void {
    this.#bytesUnderWay += batch.bytes
    const sent = this.#deliver(batch).then(() => {
      this.#underWay.delete(sent)
      this.#bytesUnderWay -= batch.bytes
      this.#run()
    })
    this.#underWay.add(sent)
  }

  async #deliver({ calls, attempt }: Batch): Promise<void> {
    const halves = new Halves(calls)
    for (let part = halves.next; part; part = halves.next) {
      const outcome = this.#isClosed ? givenUp() : await this.#sink.deliver(eventsOf(part), { attempt })
      for (const { settle } of halves.judge(outcome)) settle(outcome)
    }
  }
}

function givenUp(): DeliveryOutcome {
  return { kind: 'again', cause: new Error('the sink is closed') }
}

function eventsOf(calls: readonly Call[]): readonly EnvelopedEvent[] {
  return calls.flatMap(({ events }) => events)
}
