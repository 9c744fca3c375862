/**
 * One stream: the bounded queue its events wait in, and the sink they go to
 * at its pace.
 *
 * The queue is the library's `Processor`; the stream adds what an event is,
 * what a sink's outcome means, and the two ledgers. Absent: retries and dead
 * letters, so an event whose one attempt fails is counted as failed.
 *
 * Imports `spillway`, `sinks`, `observe`, `config`, `protocol`.
 */
import { Processor, type ProcessorStats, type Refusal, type WaitOptions } from 'spillway'
import type { StreamSettings } from '../config/settings.ts'
import { RequestLedger } from '../observe/request-ledger.ts'
import type { Envelope } from '../protocol/envelope.ts'
import type { Durability } from '../protocol/receipt.ts'
import type { Attempt, Sink } from '../sinks/sink.ts'

/** What a stream delivers to, and whom it tells. */
export interface StreamOptions {
  readonly sink: Sink
  /** An event whose delivery failed for good. */
  onFailed(error: unknown, event: Envelope): void
}

/** A named stream of events. */
export class EventStream {
  readonly name: string
  readonly settings: StreamSettings
  /** What the acknowledgement of an event is worth. */
  readonly durability: Durability = 'memory'
  /** The ledger of the requests for this stream. */
  readonly requests: RequestLedger = new RequestLedger()
  readonly #sink: Sink
  readonly #queue: Processor<Envelope, void>

  constructor(name: string, settings: StreamSettings, { sink, onFailed }: StreamOptions) {
    this.name = name
    this.settings = settings
    this.#sink = sink
    this.#queue = new Processor({
      handle: (event: Envelope, attempt: Attempt) => this.#deliver(event, attempt),
      capacity: { items: settings.capacity, weight: settings.capacityBytes },
      weigh: ({ payload }: Envelope) => payload.length,
      whenFull: settings.whenFull,
      concurrency: settings.concurrency,
      maxWaiting: settings.maxWaiting,
      startRate: settings.rate,
      onError: onFailed,
    })
  }

  /**
   * The refusal that a request would meet now, or `undefined`; cheap, and it changes nothing.
   *
   * @param bytes - what its payloads may weigh: the length of its body, 0 when unknown
   */
  predict(bytes: number): Refusal | undefined {
    const { enqueueTimeoutMs, capacityBytes } = this.settings
    return this.#queue.predict({
      timeoutMs: enqueueTimeoutMs,
      weight: Math.min(Math.max(1, bytes), capacityBytes),
    })
  }

  /**
   * Takes events, all of them or none; resolves when `durability` is reached.
   *
   * @throws OverloadError when they are refused; `wait.signal.reason` when aborted before they had their places
   */
  take(events: readonly Envelope[], wait: Pick<WaitOptions, 'signal'>): Promise<void> {
    const { enqueueTimeoutMs } = this.settings
    const [event] = events
    if (event && events.length === 1) {
      return this.#queue.enqueue(event, { ...wait, timeoutMs: enqueueTimeoutMs })
    }
    return this.#queue.enqueueAll(events, { ...wait, timeoutMs: enqueueTimeoutMs })
  }

  /** The ledger of the events, and gauges. */
  stats(): ProcessorStats {
    return this.#queue.stats()
  }

  /** Events that were taken, and neither delivered nor failed yet. */
  get pending(): number {
    const { queued, inFlight, retrying } = this.#queue.stats()
    return queued + inFlight + retrying
  }

  /** Takes no more events. Those that were taken are still delivered. */
  refuseNewcomers(): void {
    this.#queue.close()
  }

  /** Resolves when everything that was taken has been delivered or has failed; `false` when that took too long. */
  async drain(timeoutMs: number): Promise<boolean> {
    try {
      await this.#queue.drain({ timeoutMs })
      return true
    } catch {
      return false
    }
  }

  /** Starts no more deliveries, and lets go of the sink once those under way have ended. */
  close(): Promise<void> {
    this.#queue.pause()
    return this.#sink.close()
  }

  async #deliver(event: Envelope, attempt: Attempt): Promise<void> {
    const outcome = await this.#sink.deliver([event], attempt)
    if (outcome.kind !== 'delivered') throw outcome.cause
  }
}
