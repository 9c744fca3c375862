/**
 * Gives events to a sink together: as soon as there are enough of them, or the
 * first has waited long enough. They share their outcome.
 *
 * Imports `sink`, `protocol`.
 */
import { type Cancel, type Clock, systemClock } from 'spillway'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import type { Attempt, DeliveryOutcome, Sink } from './sink.ts'

/** When a batch is given away. */
export interface BatchBounds {
  readonly size: number
  readonly intervalMs: number
}

interface Batch {
  readonly events: EnvelopedEvent[]
  attempt: number
  readonly outcome: Promise<DeliveryOutcome>
  settle(outcome: Promise<DeliveryOutcome>): void
}

/** A sink before a sink. */
export class BatchingSink implements Sink {
  readonly #sink: Sink
  readonly #bounds: BatchBounds
  readonly #clock: Clock
  #batch: Batch | undefined
  #cancel: Cancel = () => {}

  constructor(sink: Sink, bounds: BatchBounds, clock: Clock = systemClock) {
    this.#sink = sink
    this.#bounds = bounds
    this.#clock = clock
  }

  deliver(events: readonly EnvelopedEvent[], { attempt }: Attempt): Promise<DeliveryOutcome> {
    if (!this.#batch) {
      this.#batch = newBatch()
      this.#cancel = this.#clock.schedule(this.#bounds.intervalMs, () => this.#flush())
    }
    const batch = this.#batch
    batch.events.push(...events)
    batch.attempt = Math.max(batch.attempt, attempt)
    if (batch.events.length >= this.#bounds.size) this.#flush()
    return batch.outcome
  }

  async close(): Promise<void> {
    this.#flush()
    await this.#sink.close()
  }

  #flush(): void {
    const batch = this.#batch
    if (!batch) return
    this.#batch = undefined
    this.#cancel()
    batch.settle(this.#sink.deliver(batch.events, { attempt: batch.attempt }))
  }
}

function newBatch(): Batch {
  let settle: Batch['settle'] = () => {}
  const outcome = new Promise<DeliveryOutcome>((resolve) => {
    settle = resolve
  })
  return { events: [], attempt: 0, outcome, settle }
}
